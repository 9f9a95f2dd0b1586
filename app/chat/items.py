"""What the transcript shows, as plain values, and what the user can ask for there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Vote = Literal["", "praise", "dislike", "correction", "rewrite"]


@dataclass(frozen=True, slots=True)
class Noted:
    """What was understood from feedback; `feedback_id` takes it back."""

    feedback_id: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message on the path.

    Attributes:
        state: complete, streaming, stopped or interrupted.
        variants: ids of all siblings, oldest first, this one among them.
        turn_id: what feedback refers to; None for a user message or a reply that left no turn.
        version: the version that answered; None if not known.
        sign: code of what the user did with the reply without a word; empty beside explicit feedback.
    """

    id: str
    conversation_id: str
    role: str
    text: str
    state: str = "complete"
    variants: tuple[str, ...] = ()
    turn_id: str | None = None
    version: int | None = None
    vote: Vote = ""
    feedback_id: str | None = None
    noted: Noted | None = None
    sign: str = ""

    @property
    def place(self) -> int:
        """Position among the variants, from 1."""
        return self.variants.index(self.id) + 1 if self.id in self.variants else 1


@dataclass(frozen=True, slots=True)
class ConversationItem:
    """One line of the conversation list; `snippet` is set for search hits."""

    id: str
    title: str
    updated_at: float
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """All that the chat page shows of one conversation."""

    id: str
    title: str
    instructions_off: bool
    instructions: tuple[str, ...]
    messages: tuple[MessageItem, ...]


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """Thumb, correction or rewrite on a reply."""

    message_id: str
    turn_id: str
    kind: Vote
    text: str | None = None
    rewrite: str | None = None


@dataclass(frozen=True, slots=True)
class UndoFeedback:
    """Takes feedback and what followed from it back."""

    message_id: str
    feedback_id: str


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Another reply beside this one."""

    message_id: str


@dataclass(frozen=True, slots=True)
class ShowVariant:
    """Walks to a sibling."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Copied:
    """The whole reply was copied; the clipboard has it already."""

    message_id: str


@dataclass(frozen=True, slots=True)
class EditMessage:
    """The user wants to word their message differently."""

    message_id: str
    text: str


Action = GiveFeedback | UndoFeedback | Regenerate | ShowVariant | Copied | EditMessage
