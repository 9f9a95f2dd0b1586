"""Conversations with what was said next, without a server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.store import Store
from assistant.store.records import NewTurn, Turn


@pytest.fixture
def make_turn(store: Store) -> Callable[..., Turn]:
    """One recorded exchange in a conversation of its own, and what followed it where `said` is given."""

    def make(said: str | None = None, role: str = "user", kind: str = "main", reply: str = "It takes ages.") -> Turn:
        conversation = store.conversations.create()
        asked = store.messages.add(conversation.id, None, "user", "How do I boil an egg?")
        answered = store.messages.add(conversation.id, asked.id, "assistant", reply)
        store.conversations.set_leaf(conversation.id, answered.id)
        turn = store.turns.add(
            NewTurn(answered.id, conversation.id, kind, [1], [2], [-0.1], {}, "model-a", "t", 0, "stop")  # type: ignore[arg-type]
        )
        if said is not None:
            store.messages.add(conversation.id, answered.id, role, said)  # type: ignore[arg-type]
        return turn

    return make
