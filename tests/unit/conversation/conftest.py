"""Conversations without a server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.store import Store
from assistant.store.records import NewTurn, Turn


@pytest.fixture
def make_turn(store: Store) -> Callable[..., Turn]:
    """One recorded exchange in a conversation of its own."""

    def make(asked: str = "How do I boil an egg?", replied: str = "Ten minutes.") -> Turn:
        conversation = store.conversations.create()
        user = store.messages.add(conversation.id, None, "user", asked)
        reply = store.messages.add(conversation.id, user.id, "assistant", replied)
        store.conversations.set_leaf(conversation.id, reply.id)
        return store.turns.add(
            NewTurn(
                message_id=reply.id, conversation_id=conversation.id, kind="main", prompt_token_ids=[1, 2],
                reply_token_ids=[3], logprobs=[-0.5], sampler={}, model_hash="model-a",
                template_hash="template", version=0, finish_reason="stop",
            )
        )  # fmt: skip

    return make
