"""Adoption: files, version, lessons and the end of the run stand or fall together, and the user's choice goes first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.errors import PolicyUnavailable
from assistant.ledger.changes import forget
from assistant.ledger.lineage import to_learn_again
from assistant.paths import DataDir
from assistant.policy import versions
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion, Run
from training.adoption import adopt
from training.forgotten import LEARN_AGAIN
from training.place import Place

MODEL = "model-a"


class Server:
    """Notes which version it is told to use."""

    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[int] = []
        self.error = error

    def use_version(self, version: int) -> None:
        self.told.append(version)
        if self.error:
            raise self.error


def place(data: DataDir, store: Store, server: Server) -> Place:
    model: Any = SimpleNamespace(sha256=MODEL, architecture="llama")
    client: Any = server
    nothing: Any = None
    return Place(data, store, client, nothing, model, nothing)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("adapter.gguf", "adapter.safetensors")}
    for path in made.values():
        path.write_bytes(b"weights")
    return made


@pytest.fixture
def run(store: Store) -> Run:
    return store.runs.start(0, "user")


def test_a_candidate_becomes_the_version_in_use(data: DataDir, store: Store, files: dict[str, Path], run: Run) -> None:
    server = Server()
    ending = adopt(place(data, store, server), run, [], files, {"questions": 20})
    assert (ending.outcome, ending.version, ending.in_use) == ("adopted", 1, True)
    assert store.versions.active(MODEL) == 1
    assert server.told == [1]
    assert versions.load(data, 1, MODEL).trained.read_bytes() == b"weights"
    ended = store.runs.get(run.id)
    assert (ended.outcome, ended.version_id, ended.exam) == ("adopted", 1, {"questions": 20})


def test_a_version_chosen_while_the_run_went_on_stays(
    data: DataDir, store: Store, files: dict[str, Path], run: Run
) -> None:
    other = store.versions.add(NewVersion(MODEL, 0, None, "hash", {}, 16, 32.0, []))
    store.versions.use(MODEL, other.id)
    server = Server()
    ending = adopt(place(data, store, server), run, [], files, {})
    assert (ending.outcome, ending.in_use) == ("adopted", False)
    assert "stays in use" in ending.reason
    assert store.versions.active(MODEL) == other.id
    assert server.told == []


def lesson_of(store: Store) -> str:
    conversation = store.conversations.create()
    reply = store.messages.add(conversation.id, None, "assistant", "Ten minutes.")
    turn = store.turns.add(NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.5], {}, MODEL, "t", 0, "stop"))
    return store.lessons.add(turn.id, polarity=-1, hint="Be brief.", rewrite=None, scope="durable", weight=1.0).id


def test_what_was_forgotten_while_it_was_learned_is_not_adopted(
    data: DataDir, store: Store, files: dict[str, Path], run: Run
) -> None:
    lesson = lesson_of(store)
    forget(store, lesson)
    server = Server()
    ending = adopt(place(data, store, server), run, [lesson], files, {})
    assert (ending.outcome, ending.version) == ("rejected", None)
    assert ending.reason == "You forgot something while it was being learned; the next run leaves it out."
    assert [version.id for version in store.versions.list()] == [0]
    assert server.told == []


def test_a_version_learned_again_takes_the_place_of_the_old_one(
    data: DataDir, store: Store, files: dict[str, Path]
) -> None:
    gone, left = lesson_of(store), lesson_of(store)
    old = store.versions.add(NewVersion(MODEL, 0, None, "hash", {}, 16, 32.0, [gone, left]))
    store.lessons.mark_learned([gone, left], old.id)
    store.versions.use(MODEL, old.id)
    forget(store, gone)
    ending = adopt(place(data, store, Server()), store.runs.start(0, LEARN_AGAIN), [left], files, {})
    assert ending.reason == "Version 2 passed its exam. It takes the place of version 1, without what you forgot."
    made = store.versions.get(2)
    assert (made.parent_id, made.lesson_ids, made.forgotten) == (0, (left,), 0)
    assert store.versions.active(MODEL) == 2
    assert to_learn_again(store, MODEL) == []


def test_what_cannot_be_published_leaves_no_trace(data: DataDir, store: Store, tmp_path: Path, run: Run) -> None:
    with pytest.raises(OSError, match="adapter"):
        adopt(place(data, store, Server()), run, [], {"adapter.gguf": tmp_path / "adapter.gguf"}, {})
    assert [version.id for version in store.versions.list()] == [0]
    assert store.runs.get(run.id).outcome is None


def test_a_server_that_is_away_takes_it_at_its_next_start(
    data: DataDir, store: Store, files: dict[str, Path], run: Run, expect_warning
) -> None:
    expect_warning("the server did not take version 1")
    adopt(place(data, store, Server(PolicyUnavailable("gone"))), run, [], files, {})
    assert store.versions.active(MODEL) == 1
