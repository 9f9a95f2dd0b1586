from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion, Turn


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir.resolve(tmp_path / "data")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Making the tables takes longer than most tests: done once."""
    made = DataDir.resolve(tmp_path_factory.mktemp("empty"))
    Store.open(made).close()
    return made.database.read_bytes()


@pytest.fixture
def store(data: DataDir, empty_database: bytes) -> Iterator[Store]:
    data.database.write_bytes(empty_database)
    with Store.open(data) as opened:
        # Nothing in these tests pulls the plug; waiting for the disk would only make them slow.
        opened.connection.raw.execute("PRAGMA synchronous = OFF")
        yield opened


@pytest.fixture
def make_turn(store: Store) -> Callable[..., Turn]:
    """One exchange, in a conversation of its own unless told otherwise; returns its turn."""

    def make(prompt: str = "How do I boil an egg?", reply: str = "Ten minutes.", **changes: object) -> Turn:
        conversation_id = changes.pop("conversation_id", None) or store.conversations.create(prompt).id
        asked = store.messages.add(conversation_id, changes.pop("parent_id", None), "user", prompt)
        answered = store.messages.add(conversation_id, asked.id, "assistant", reply)
        store.conversations.set_leaf(conversation_id, answered.id)
        values = {
            "message_id": answered.id,
            "conversation_id": conversation_id,
            "kind": "main",
            "prompt_token_ids": [1, 2, 3],
            "reply_token_ids": [4, 49151],
            "logprobs": [-0.5, -1.25],
            "sampler": {"temperature": 0.7, "seed": 1},
            "model_hash": "model-a",
            "template_hash": "template",
            "version": 0,
            "finish_reason": "stop",
        }
        return store.turns.add(NewTurn(**{**values, **changes}))

    return make


@pytest.fixture
def make_lesson(store: Store, make_turn: Callable[..., Turn]) -> Callable[..., str]:
    def make(turn: Turn | None = None, **changes: object) -> str:
        values = {"polarity": -1, "hint": "Be brief.", "rewrite": None, "scope": "durable", "weight": 1.0}
        return store.lessons.add((turn or make_turn()).id, **{**values, **changes}).id

    return make


@pytest.fixture
def make_version(store: Store) -> Callable[..., int]:
    def make(parent_id: int = 0, lesson_ids: tuple[str, ...] = (), **changes: object) -> int:
        values = {
            "model_hash": "model-a",
            "parent_id": parent_id,
            "run_id": None,
            "sha256": "f" * 64,
            "exam": {"style": 0.56},
            "rank": 16,
            "alpha": 32.0,
            "lesson_ids": list(lesson_ids),
        }
        return store.versions.add(NewVersion(**{**values, **changes})).id

    return make
