"""What a reply tells while it is made. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.store.records import MemoryItem, Message, MessageState, Turn

ReplyNote = Literal["", "stopped", "length", "policy_unavailable", "policy_refused", "disk_full"]


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """Both messages are stored; the model is about to read.

    Attributes:
        instructions: the standing instructions in this prompt, oldest first.
    """

    user_message: Message
    assistant_message: Message
    instructions: list[MemoryItem]


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The last event, however it ended.

    Attributes:
        message: the reply with all the text that arrived.
        turn: None where the server went away or refused, so that nothing exact is known of the reply.
        note: why it ended other than by itself; the window translates it.
        detail: one plain sentence from the error behind the note, if there was one.
    """

    message: Message
    turn: Turn | None
    state: MessageState
    note: ReplyNote = ""
    detail: str = ""


ReplyEvent = ReplyStarted | ReplyDelta | ReplyFinished
