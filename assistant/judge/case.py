"""What a judge is given and what it says: cases, verdicts, votes. Values only; knows no back end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

from assistant.errors import BadInput
from assistant.store.records import NewVerdict, Scope

NextRole = Literal["user", "tool"]
Score = Literal[1, 0, -1]
Category = Literal[
    "rephrase", "correction", "complaint", "style", "factual", "praise", "moves on",
    "topic change", "new information", "tool success", "tool error", "unread",
]  # fmt: skip

UNREAD: Category = "unread"
"""The category of a verdict that says nothing: no back end could read the case."""
CATEGORIES: tuple[Category, ...] = tuple(one for one in get_args(Category) if one != UNREAD)

# What each category says about the reply (arXiv 2603.10165, 3.1): going on from it is progress.
SCORES: Mapping[Category, Score] = MappingProxyType(
    {
        "rephrase": -1, "correction": -1, "complaint": -1, "style": -1, "factual": -1, "tool error": -1,
        "praise": 1, "moves on": 1, "tool success": 1,
        "topic change": 0, "new information": 0, "unread": 0,
    }
)  # fmt: skip

EARLIER_TURNS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier message of the conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A reply and what followed it.

    Attributes:
        request: the last user message before the reply; empty where there is none.
        next_state: what followed, as it came.
        role: who it came from; environments count as tools.
        earlier: up to `EARLIER_TURNS` messages before the request, oldest first.
    """

    request: str
    reply: str
    next_state: str
    role: NextRole = "user"
    earlier: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Votes:
    """How many votes were cast for each score, and how many could not be read."""

    plus: int = 0
    zero: int = 0
    minus: int = 0
    unparsable: int = 0

    def as_list(self) -> list[int]:
        """As the store keeps them: +1, 0, -1, unparsable."""
        return [self.plus, self.zero, self.minus, self.unparsable]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of a case.

    Attributes:
        scope: how far a correction reaches.
        hint: how the reply should have been; None where the next state does not say.
        confidence: 0 to 1; a calibrated probability of the score where the back end has one.
        hints: more than one wording of it, best first, where the back end has them.
        hindsight: the raw next state, for a learner that reads it instead of a hint (arXiv 2603.12273).
    """

    score: Score
    category: Category
    scope: Scope = "reply"
    hint: str | None = None
    confidence: float = 0.5
    backend: str = ""
    votes: Votes = field(default_factory=Votes)
    hints: tuple[str, ...] = ()
    hindsight: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """In the form of the command line."""
        names = ("score", "category", "scope", "hint", "backend", "confidence")
        return {name: getattr(self, name) for name in names}

    def for_turn(self, turn_id: str, next_message_id: str | None = None, fingerprint: str = "") -> NewVerdict:
        """In the form of the store; `fingerprint` is the judge's."""
        return NewVerdict(
            turn_id=turn_id, score=self.score, category=self.category, scope=self.scope, hint=self.hint,
            confidence=self.confidence, backend=self.backend, votes=self.votes.as_list(),
            next_message_id=next_message_id, fingerprint=fingerprint, hints=self.hints,
        )  # fmt: skip


class Judge(Protocol):
    """Anything that reads cases. A case that it cannot read gets score 0 and is counted in the votes."""

    @property
    def backend(self) -> str:
        """Its name in verdicts."""

    @property
    def fingerprint(self) -> str:
        """What its verdicts depend on: weights, model, wording. An exam counts for one fingerprint."""

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case, in order."""


def verdict_of(category: Category, backend: str, confidence: float, **more: Any) -> Verdict:
    """A verdict with the score that its category has, and one vote for it."""
    score = SCORES[category]
    votes = Votes(plus=int(score == 1), zero=int(score == 0), minus=int(score == -1))
    return Verdict(score, category, backend=backend, confidence=confidence, votes=votes, **more)


def unread(backend: str, unparsable: int = 1) -> Verdict:
    """The verdict on a case that could not be read."""
    return Verdict(0, UNREAD, backend=backend, confidence=0.0, votes=Votes(unparsable=unparsable))


def case_of(messages: Sequence[Mapping[str, Any]], next_state: Mapping[str, Any]) -> Case:
    """The case of the last reply in `messages`, which are OpenAI messages.

    Raises:
        BadInput: no next state, or a role other than user, tool or environment.
    """
    role, content = next_state.get("role"), next_state.get("content")
    if not isinstance(content, str):
        raise BadInput("next_state.content must be text")
    if role not in ("user", "tool", "environment"):
        raise BadInput(f"next_state.role must be user, tool or environment, not {role!r}")
    said = [Said(str(one.get("role")), _text(one.get("content"))) for one in messages]
    asked = max((at for at, one in enumerate(said) if one.role == "user"), default=-1)
    request = said[asked].text if asked >= 0 else ""
    reply = next((one.text for one in reversed(said[asked + 1 :]) if one.role == "assistant"), "")
    earlier = [one for one in said[: max(asked, 0)] if one.role in ("user", "assistant")][-EARLIER_TURNS:]
    return Case(request, reply, content, "user" if role == "user" else "tool", tuple(earlier))


def _text(content: object) -> str:
    """The text of a message; of content parts, the text parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
