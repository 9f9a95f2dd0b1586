"""What followed a turn in the store: the one place that says what a next state is.

The next state is the last message of the user or a tool in the request that came after the reply; an environment's
observation is recorded as a tool's. What the user did with the reply instead (had it written again, copied it) is no
next state but a weak sign: `signs`. Explicit feedback outranks both.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.judge.case import EARLIER_TURNS, Case, NextRole, Said
from assistant.store import Store


@dataclass(frozen=True, slots=True)
class Followed:
    """The case of a turn, and the message that is its next state."""

    case: Case
    message_id: str


def followed(store: Store, turn_id: str) -> Followed | None:
    """What was asked, answered, and said or done next; None where nothing followed.

    Raises:
        NotFound: there is no such turn.
    """
    turn = store.turns.get(turn_id)
    after = store.turns.next_message(turn.id)
    if after is None:
        return None
    path = store.messages.path(turn.message_id)
    reply, before = path[-1], path[:-1]
    asked = max((at for at, one in enumerate(before) if one.role == "user"), default=-1)
    said = [Said(one.role, one.content) for one in before[: max(asked, 0)] if one.role in ("user", "assistant")]
    request = before[asked].content if asked >= 0 else ""
    role: NextRole = "tool" if after.role == "tool" else "user"
    return Followed(Case(request, reply.content, after.content, role, tuple(said[-EARLIER_TURNS:])), after.id)


def case_of_turn(store: Store, turn_id: str) -> Case | None:
    """The case alone; None where nothing followed.

    Raises:
        NotFound: there is no such turn.
    """
    found = followed(store, turn_id)
    return None if found is None else found.case
