"""Judges a reply by what followed it, with rules alone: the `rules` back end.

Sees the request, the next state and its role. Tool results are read by `tools`. User messages: praise, correction,
complaint, request to do it again, the same request put again, a new wish about style; anything else is 0, because a
wrong -1 teaches the assistant to be worse at what the user liked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.judge import reactions
from assistant.judge.case import Case, Category, Verdict, verdict_of
from assistant.judge.orders import without_orders
from assistant.judge.tools import judge_tool_result
from assistant.memory.complaints import turn_round
from assistant.memory.phrases import bare_clause, plain, tidy
from assistant.memory.scope import ScopeGuess, guess_scope
from assistant.memory.wording import short_form

BACKEND = "rules"

# Longer next states are pasted material: only how they begin and end is about the reply.
_HEAD_CHARS = 300
_TAIL_CHARS = 200
# Share of the words of a request that the next message repeats, from which on it counts as asked again.
_REPHRASE_OVERLAP = 0.6


class RulesJudge:
    """The last back end: patterns alone. What it knows it says, the rest is new information."""

    backend = BACKEND
    fingerprint = "1"

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case."""
        return [judge_case(case) for case in cases]


def judge_case(case: Case) -> Verdict:
    """The verdict by the rules for its role."""
    if case.role == "tool":
        return judge_tool_result(case.next_state, BACKEND) or _verdict("new information", 0.4)
    return judge_reaction(case.request, case.next_state)


def judge_reaction(request: str, content: str) -> Verdict:
    """The verdict on a user's next message; the first kind of reaction that is recognised decides."""
    about = about_reply(content)
    said, guess = plain(about), guess_scope(about)
    return (
        _approval(said)
        or _correction(said, about, guess)
        or _again(said, about, asked_again(request, content))
        or _neutral(said, guess)
    )


def _approval(said: str) -> Verdict | None:
    if reactions.TOPIC_CHANGE.search(said) and not reactions.FACTUAL.search(said):
        return _verdict("topic change", 0.7)
    if reactions.PRAISE.search(said) and not reactions.SPOILT.search(said):
        return _verdict("praise", 0.85)
    return None


def _correction(said: str, about: str, guess: ScopeGuess) -> Verdict | None:
    if reactions.FACTUAL.search(said) and guess.rule != "style":
        return _verdict("factual", 0.75)
    if guess.rule in ("style", "for good") and _is_reaction(said):
        return _verdict("style", 0.75, scope="durable", hint=short_form(about))
    if reactions.COMPLAINT.search(said) or turn_round(bare_clause(said)):
        return _verdict("complaint", 0.75)
    return None


def _again(said: str, about: str, repeated: bool) -> Verdict | None:
    if reactions.REDO.search(said):
        return _verdict("correction", 0.65, hint=short_form(about))
    return _verdict("rephrase", 0.6) if repeated else None


def _neutral(said: str, guess: ScopeGuess) -> Verdict:
    if guess.scope == "fact":
        return _verdict("new information", 0.6, scope="fact")
    if reactions.MOVES_ON.search(said):
        return _verdict("moves on", 0.45)
    return _verdict("new information", 0.35)


def asked_again(request: str, content: str) -> bool:
    """Whether a message mostly repeats the words of the request before it."""
    before, after = _words(request), _words(content)
    return bool(before and after) and len(before & after) / len(before | after) >= _REPHRASE_OVERLAP


def _is_reaction(said: str) -> bool:
    """A wish about style inside a fresh question ("write a poem in German") is a task, not a reaction."""
    return len(said.split()) <= 14 and not said.endswith("?") and not reactions.NEW_TASK.search(said)


def about_reply(content: str) -> str:
    """What of a message is about the reply: of pasted material, how it begins and ends."""
    text = tidy(without_orders(content))
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


def _verdict(category: Category, confidence: float, **more: Any) -> Verdict:
    return verdict_of(category, BACKEND, confidence, **more)
