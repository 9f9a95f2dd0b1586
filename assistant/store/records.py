"""The values that the store hands out: frozen, free of SQL, times in unix seconds UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
MessageState = Literal["complete", "streaming", "stopped", "interrupted"]
TurnKind = Literal["main", "side"]
FeedbackKind = Literal["praise", "dislike", "correction", "rewrite"]
Scope = Literal["durable", "reply", "fact"]
LessonState = Literal["pending", "learned", "excluded", "forgotten"]
MemoryKind = Literal["instruction", "fact"]
MemoryState = Literal["active", "consolidated", "off"]
MemoryScope = Literal["everywhere", "conversation", "topic"]
VersionState = Literal["adopted", "damaged", "deleted"]
RunOutcome = Literal["adopted", "rejected", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages; `leaf_id` is the end of the path on show."""

    id: str
    title: str
    created_at: float
    updated_at: float
    leaf_id: str | None
    instructions_off: bool
    system_prompt: str
    external_id: str | None
    deleted_at: float | None


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    content: str
    state: MessageState
    created_at: float
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn about to be stored.

    Attributes:
        prompt_token_ids: exactly what the model read.
        reply_token_ids: exactly what it wrote.
        logprobs: raw natural-log probability of each reply token, same length as `reply_token_ids`.
        sampler: temperature, top_p, seed and so on.
        memory_ids: memory items that were put into the prompt.
        version: the adapter version that answered; 0 is the base model.
    """

    message_id: str
    conversation_id: str
    kind: TurnKind
    prompt_token_ids: list[int]
    reply_token_ids: list[int]
    logprobs: list[float]
    sampler: dict[str, Any]
    model_hash: str
    template_hash: str
    version: int
    finish_reason: str
    memory_ids: list[str] = field(default_factory=list)
    tools: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Turn(NewTurn):
    """A stored turn."""

    id: str = ""
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Feedback:
    """Explicit feedback; the latest that is not undone counts."""

    id: str
    turn_id: str
    kind: FeedbackKind
    text: str | None
    scope: Scope
    created_at: float
    undone_at: float | None


@dataclass(frozen=True, slots=True)
class NewVerdict:
    """What the judge said of (request, reply, next state), or what an act of the user says.

    Attributes:
        hint: the best of `hints`.
        fingerprint: what the verdict of this back end depends on: weights, model, wording.
    """

    turn_id: str
    score: int
    category: str
    scope: Scope
    hint: str | None
    confidence: float
    backend: str
    votes: list[int]
    next_message_id: str | None = None
    fingerprint: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict(NewVerdict):
    """A stored verdict."""

    id: str = ""
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One training sample in the ledger.

    Attributes:
        polarity: +1 do it again, -1 differently.
        weight: how much it counts, 0 to 1.
        versions: versions that were trained on it.
    """

    id: str
    turn_id: str
    feedback_id: str | None
    verdict_id: str | None
    polarity: int
    hint: str | None
    rewrite: str | None
    scope: Scope
    weight: float
    state: LessonState
    created_at: float
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryItem:
    """A standing instruction or a fact; `source_text` holds the user's own words."""

    id: str
    kind: MemoryKind
    text: str
    source_text: str
    source_turn_id: str | None
    scope: MemoryScope
    scope_ref: str | None
    state: MemoryState
    consolidated_version: int | None
    created_at: float


@dataclass(frozen=True, slots=True)
class NewVersion:
    """An adapter about to be listed; its files lie in the version folder."""

    model_hash: str
    parent_id: int
    run_id: str | None
    sha256: str
    exam: dict[str, Any]
    rank: int
    alpha: float
    lesson_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Version:
    """A listed version; id 0 is the base model of whatever model runs.

    Attributes:
        lessons_deleted: lessons in its weights, or in those of a version it grew from, whose conversation has
            since been deleted for good.
        forgotten: lessons in its weights, or in those of a version it grew from, that the user has since forgotten;
            a version with any can no longer be used (docs/decisions/0008).
    """

    id: int
    model_hash: str
    parent_id: int | None
    run_id: str | None
    sha256: str
    exam: dict[str, Any]
    rank: int
    alpha: float
    state: VersionState
    created_at: float
    lesson_ids: tuple[str, ...] = ()
    lessons_deleted: int = 0
    forgotten: int = 0

    @property
    def usable(self) -> bool:
        """Whether it may answer."""
        return self.state == "adopted" and not self.forgotten


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the learner; `outcome` None while it goes on."""

    id: str
    trigger: str
    base_version: int
    started_at: float
    finished_at: float | None
    outcome: RunOutcome | None
    reason: str
    version_id: int | None
    lessons: int
    exam: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something that happened during a run; `at` in unix seconds UTC."""

    run_id: str
    at: float
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Where a text was found; `snippet` marks the hit with \\x02 and \\x03."""

    conversation_id: str
    message_id: str | None
    title: str
    snippet: str
