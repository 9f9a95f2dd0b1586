"""What followed a turn: the evidence that a judge or a learner reads. Pure; knows no store.

Explicit feedback outranks everything said or done afterwards. A reply generated anew is only weak evidence:
people also do it out of curiosity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.store.records import Feedback, Message

NextKind = Literal["feedback", "user", "tool", "regenerated", "none"]


@dataclass(frozen=True, slots=True)
class NextState:
    """The next state of one turn.

    Attributes:
        kind: what sort of thing followed.
        text: the words of it; empty where there are none.
        source_id: id of the feedback or message; None for `none`.
        weak: whether it says little about the reply.
    """

    kind: NextKind
    text: str = ""
    source_id: str | None = None
    weak: bool = False


def next_state(reply: Message, *, feedback: Feedback | None, following: Sequence[Message]) -> NextState:
    """Reads off what followed a reply.

    Args:
        reply: the message of the turn.
        feedback: the effective explicit feedback, if any.
        following: messages of the same conversation made after the reply that are its children or siblings.
    """
    if feedback is not None:
        return NextState("feedback", feedback.text or "", feedback.id)
    children = [message for message in following if message.parent_id == reply.id]
    answers = [message for message in children if message.role in ("user", "tool")]
    if answers:
        first = min(answers, key=lambda message: message.id)
        return NextState("tool" if first.role == "tool" else "user", first.content, first.id)
    later = [
        message
        for message in following
        if message.parent_id == reply.parent_id and message.role == "assistant" and message.id > reply.id
    ]
    if later:
        return NextState("regenerated", "", min(later, key=lambda message: message.id).id, weak=True)
    return NextState("none")
