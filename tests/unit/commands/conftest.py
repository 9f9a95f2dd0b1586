"""The command line in this process, without a window, a learner or a server."""

from __future__ import annotations

import pytest
from helpers.command_line import Mentee, Ran

from assistant.commands.main import run
from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.records import NewTurn, Turn


@pytest.fixture
def mentee(data: DataDir, capsys: pytest.CaptureFixture[str]) -> Mentee:
    """`mentee("memory", "list")` on the test's data directory."""

    def forbidden(argv: list[str]) -> int:
        raise AssertionError(f"neither window nor learner should start: {argv}")

    def call(*argv: str) -> Ran:
        status = run(["--data-dir", str(data.root), *argv], window=forbidden, learner=forbidden)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return call


@pytest.fixture
def turn(store: Store) -> Turn:
    """One recorded exchange."""
    conversation = store.conversations.create("Eggs")
    user = store.messages.add(conversation.id, None, "user", "How do I boil an egg?")
    reply = store.messages.add(conversation.id, user.id, "assistant", "Ten minutes.")
    store.conversations.set_leaf(conversation.id, reply.id)
    return store.turns.add(
        NewTurn(
            message_id=reply.id, conversation_id=conversation.id, kind="main", prompt_token_ids=[1],
            reply_token_ids=[2], logprobs=[-0.5], sampler={}, model_hash="model-a",
            template_hash="template", version=0, finish_reason="stop",
        )
    )  # fmt: skip
