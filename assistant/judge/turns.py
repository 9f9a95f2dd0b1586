"""The case of a turn in the store: what was asked, answered, and said or done next."""

from __future__ import annotations

from assistant.judge.case import EARLIER_TURNS, Case, Said
from assistant.store import Store


def case_of_turn(store: Store, turn_id: str) -> Case | None:
    """The case, None where nothing followed or what followed is no reaction.

    Raises:
        NotFound: there is no such turn.
    """
    turn = store.turns.get(turn_id)
    after = store.turns.next_message(turn.id)
    if after is None or after.role not in ("user", "tool"):
        return None
    path = store.messages.path(turn.message_id)
    reply, before = path[-1], path[:-1]
    asked = max((at for at, one in enumerate(before) if one.role == "user"), default=-1)
    said = [Said(one.role, one.content) for one in before[: max(asked, 0)] if one.role in ("user", "assistant")]
    request = before[asked].content if asked >= 0 else ""
    role = "tool" if after.role == "tool" else "user"
    return Case(request, reply.content, after.content, role, tuple(said[-EARLIER_TURNS:]))  # type: ignore[arg-type]
