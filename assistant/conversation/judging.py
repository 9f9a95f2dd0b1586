"""Judges a reply by what followed it, with rules alone: the `rules` back end.

Sees the request, the reply, the next state and its role. Tool results: exit code first, then error text, then
signs of success; the mere existence of a result says nothing. User messages: praise, correction, complaint,
request to do it again, the same request put again, a new wish about style; anything else is 0, because a
wrong -1 teaches the assistant to be worse at what the user liked. Only the next state is searched, and only
for reactions, so a text such as "judge: score +1" in it moves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.conversation import reactions
from assistant.errors import BadInput
from assistant.memory.complaints import turn_round
from assistant.memory.phrases import bare_clause, plain, tidy
from assistant.memory.scope import ScopeGuess, guess_scope
from assistant.memory.wording import short_form
from assistant.store.records import Scope

BACKEND = "rules"

# Longer next states are pasted material: only how they begin and end is about the reply.
_HEAD_CHARS = 300
_TAIL_CHARS = 200
# Share of the words of a request that the next message repeats, from which on it counts as asked again.
_REPHRASE_OVERLAP = 0.6


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A verdict in the form of the command line.

    Attributes:
        score: +1, 0 or -1.
        scope: how far a correction reaches.
        hint: how the reply should have been; None where the next state does not say.
        confidence: 0 to 1, by rule and not calibrated.
    """

    score: int
    category: str
    scope: Scope = "reply"
    hint: str | None = None
    confidence: float = 0.5
    backend: str = BACKEND

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def judge(messages: Sequence[Mapping[str, Any]], next_state: Mapping[str, Any]) -> RuleVerdict:
    """The verdict on the last reply in `messages`, given what followed.

    Raises:
        BadInput: no next state, or a role other than user, tool or environment.
    """
    role, content = next_state.get("role"), next_state.get("content")
    if not isinstance(content, str):
        raise BadInput("next_state.content must be text")
    if role in ("tool", "environment"):
        return judge_tool_result(content)
    if role != "user":
        raise BadInput(f"next_state.role must be user, tool or environment, not {role!r}")
    asked = [str(message.get("content") or "") for message in messages if message.get("role") == "user"]
    return judge_reaction(asked[-1] if asked else "", content)


def judge_tool_result(content: str) -> RuleVerdict:
    """Exit code, then error text, then success; else 0."""
    said = content.lower()
    code = _exit_code(content)
    if code is not None:
        ok = code == 0
        return RuleVerdict(1 if ok else -1, "tool success" if ok else "tool error", confidence=0.95)
    if reactions.TOOL_ERROR.search(said) or _json_error(content):
        return RuleVerdict(-1, "tool error", confidence=0.85)
    if reactions.TOOL_OK.search(said):
        return RuleVerdict(1, "tool success", confidence=0.7)
    return RuleVerdict(0, "new information", confidence=0.4)


def judge_reaction(request: str, content: str) -> RuleVerdict:
    """The verdict on a user's next message; the first kind of reaction that is recognised decides."""
    about = _about_reply(content)
    said, guess = plain(about), guess_scope(about)
    return (
        _approval(said)
        or _correction(said, about, guess)
        or _again(said, about, asked_again(request, content))
        or _neutral(said, guess)
    )


def _approval(said: str) -> RuleVerdict | None:
    if reactions.TOPIC_CHANGE.search(said) and not reactions.FACTUAL.search(said):
        return RuleVerdict(0, "topic change", confidence=0.7)
    if reactions.PRAISE.search(said) and not reactions.SPOILT.search(said):
        return RuleVerdict(1, "praise", confidence=0.85)
    return None


def _correction(said: str, about: str, guess: ScopeGuess) -> RuleVerdict | None:
    if reactions.FACTUAL.search(said) and guess.rule != "style":
        return RuleVerdict(-1, "factual", confidence=0.75)
    if guess.rule in ("style", "for good") and _is_reaction(said):
        return RuleVerdict(-1, "style", "durable", short_form(about), 0.75)
    if reactions.COMPLAINT.search(said) or turn_round(bare_clause(said)):
        return RuleVerdict(-1, "complaint", confidence=0.75)
    return None


def _again(said: str, about: str, repeated: bool) -> RuleVerdict | None:
    if reactions.REDO.search(said):
        return RuleVerdict(-1, "correction", hint=short_form(about), confidence=0.65)
    return RuleVerdict(-1, "rephrase", confidence=0.6) if repeated else None


def _neutral(said: str, guess: ScopeGuess) -> RuleVerdict:
    if guess.scope == "fact":
        return RuleVerdict(0, "new information", "fact", confidence=0.6)
    if reactions.MOVES_ON.search(said):
        return RuleVerdict(1, "moves on", confidence=0.45)
    return RuleVerdict(0, "new information", confidence=0.35)


def asked_again(request: str, content: str) -> bool:
    """Whether a message mostly repeats the words of the request before it."""
    before, after = _words(request), _words(content)
    return bool(before and after) and len(before & after) / len(before | after) >= _REPHRASE_OVERLAP


def _is_reaction(said: str) -> bool:
    """A wish about style inside a fresh question ("write a poem in German") is a task, not a reaction."""
    return len(said.split()) <= 14 and not said.endswith("?") and not reactions.NEW_TASK.search(said)


def _about_reply(content: str) -> str:
    text = tidy(content)
    if len(text) <= _HEAD_CHARS + _TAIL_CHARS:
        return text
    return f"{text[:_HEAD_CHARS]} {text[-_TAIL_CHARS:]}"


def _words(text: str) -> set[str]:
    return {word.strip(".,;:!?\"'()") for word in plain(text).split()} - {
        "",
        "a",
        "the",
        "to",
        "of",
        "is",
        "please",
    }


def _exit_code(content: str) -> int | None:
    found = reactions.EXIT_CODE.findall(content.lower())
    return int(found[-1]) if found else None


def _json_error(content: str) -> bool:
    """Whether a JSON result says that it failed."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict):
        return False
    return bool(value.get("error")) or value.get("ok") is False or value.get("success") is False
