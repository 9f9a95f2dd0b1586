"""What a run does first about forgotten lessons, and how it ends when the rest cannot be learned again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.conversation.feedback import give_feedback
from assistant.errors import PolicyUnavailable
from assistant.ledger.changes import forget
from assistant.ledger.lineage import to_learn_again
from assistant.paths import DataDir
from assistant.policy.versions import publish
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.records import Lesson, NewTurn, NewVersion
from training import worker
from training.control import Stopped
from training.forgotten import LEARN_AGAIN, catch_up, choose_plan
from training.place import Ending, Place

MODEL = "model-a"
SHORT, QUESTION = "Always be brief.", "Always end with a question."


class Server:
    """Says which version it answers with, and notes what it is told."""

    def __init__(self, version: int, error: Exception | None = None) -> None:
        self.version, self.error = version, error
        self.told: list[int] = []

    def health(self) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"version": self.version, "model_hash": MODEL}

    def use_version(self, version: int) -> None:
        self.told.append(version)


def place_of(store: Store, server: Server | None = None) -> Place:
    model: Any = SimpleNamespace(sha256=MODEL, architecture="llama", trainable=True, why_not="", path=Path("m.gguf"))
    client: Any = server or Server(0)
    progress: Any = SimpleNamespace(keep=None)
    return Place(store.data, store, client, Settings(), model, progress)


def taught(store: Store, wish: str) -> Lesson:
    conversation = store.conversations.create()
    asked = store.messages.add(conversation.id, None, "user", f"Why? {wish}")
    reply = store.messages.add(conversation.id, asked.id, "assistant", "So.")
    turn = store.turns.add(NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, MODEL, "t", 0, "stop"))
    lesson = give_feedback(store, turn.id, "correction", wish).lesson
    assert lesson is not None
    return lesson


@pytest.fixture
def lessons(store: Store, tmp_path: Path) -> tuple[Lesson, Lesson]:
    """Two lessons, both in version 1, which is in use and on disk."""
    both = taught(store, SHORT), taught(store, QUESTION)
    version = store.versions.add(NewVersion(MODEL, 0, None, "h", {}, 16, 32.0, [it.id for it in both])).id
    store.lessons.mark_learned([it.id for it in both], version)
    store.versions.use(MODEL, version)
    file = tmp_path / "adapter.gguf"
    file.write_bytes(b"weights")
    publish(store.data, version, {"adapter.gguf": file}, {"model_hash": MODEL})
    return both


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Endings, or errors, of the runs that the worker opens, in order."""
    endings: list[Any] = []

    def carry_out(place: Place, run: Any, plan: Any) -> Ending:
        ending = endings.pop(0)
        if isinstance(ending, Exception):
            raise ending
        return ending

    monkeypatch.setattr(worker, "_carry_out", carry_out)
    monkeypatch.setattr(worker.conditions, "no_memory", lambda model: "")
    return endings


def test_a_server_that_was_never_told_is_told_now(store: Store, lessons: tuple[Lesson, Lesson]) -> None:
    """As after a kill -9 of `mentee lessons forget` right after the database was written."""
    forget(store, lessons[0].id)
    server = Server(1)
    catch_up(place_of(store, server))
    assert server.told == [0]


def test_the_weights_with_the_lesson_are_deleted_and_only_those(
    data: DataDir, store: Store, lessons: tuple[Lesson, Lesson]
) -> None:
    catch_up(place_of(store, Server(1)))
    assert (data.versions / "1" / "adapter.gguf").exists()
    forget(store, lessons[0].id)
    for _ in range(2):
        catch_up(place_of(store, Server(0)))
        assert not (data.versions / "1").exists()
        assert store.versions.get(1).state == "deleted"


def test_weights_that_a_killed_run_left_half_deleted_go_too(
    data: DataDir, store: Store, lessons: tuple[Lesson, Lesson]
) -> None:
    forget(store, lessons[0].id)
    store.versions.set_state(1, "deleted")
    catch_up(place_of(store))
    assert not (data.versions / "1").exists()


def test_a_server_that_does_not_answer_stops_nothing(
    data: DataDir, store: Store, lessons: tuple[Lesson, Lesson], expect_warning
) -> None:
    expect_warning("the server did not take version 0")
    forget(store, lessons[0].id)
    catch_up(place_of(store, Server(1, PolicyUnavailable("gone"))))
    assert not (data.versions / "1").exists()


def test_the_rest_goes_before_everything_new(store: Store, lessons: tuple[Lesson, Lesson]) -> None:
    forget(store, lessons[0].id)
    new = taught(store, "Never use emoji.")
    plan, trigger = choose_plan(place_of(store), 0)
    assert (trigger, [it.id for it in plan.lessons]) == (LEARN_AGAIN, [lessons[1].id])
    store.lessons.set_state(lessons[1].id, "excluded")
    plan, trigger = choose_plan(place_of(store), 0)
    assert (trigger, [it.id for it in plan.lessons]) == ("user", [new.id])
    store.lessons.set_state(lessons[1].id, "pending")
    assert to_learn_again(store, MODEL) == [], "it was given up, and is now like anything new"


def test_with_nothing_left_there_is_no_run(store: Store, lessons: tuple[Lesson, Lesson]) -> None:
    for lesson in lessons:
        forget(store, lesson.id)
    result = worker._run(place_of(store))
    assert (result["outcome"], result["reason"]) == ("skipped", "There is nothing new to learn.")
    assert store.versions.active(MODEL) == 0


@pytest.mark.parametrize("outcome", ["rejected", "skipped", "failed"])
def test_when_the_rest_cannot_be_learned_again_the_result_says_so_and_the_way_is_free(
    store: Store, lessons: tuple[Lesson, Lesson], carried_out: list[Any], outcome: Any
) -> None:
    forget(store, lessons[0].id)
    carried_out.append(Ending(outcome, "The new version loses the topic."))
    result = worker._run(place_of(store))
    assert set(result) == {"outcome", "reason", "version", "lessons", "exam", "judged"}
    assert result["outcome"] == outcome
    said = "Learning the rest again, without what you forgot: The new version loses the topic."
    assert result["reason"] == store.runs.list()[0].reason == said
    assert store.runs.list()[0].trigger == LEARN_AGAIN
    assert to_learn_again(store, MODEL) == []
    assert [it.id for it in store.lessons.pending()] == [lessons[1].id], "it may be tried again with what is new"


@pytest.mark.parametrize("killed", [False, True])
def test_a_run_that_was_stopped_or_killed_goes_on(
    store: Store, lessons: tuple[Lesson, Lesson], carried_out: list[Any], killed: bool
) -> None:
    forget(store, lessons[0].id)
    carried_out += [KeyError("as if killed") if killed else Stopped("Stopped"), Ending("rejected", "No.")]
    with pytest.raises((Stopped, KeyError)):
        worker._run(place_of(store))
    (open_run,) = store.runs.unfinished()
    worker._run(place_of(store))
    (run,) = store.runs.list()
    assert (run.id, run.outcome) == (open_run.id, "rejected")


@pytest.mark.parametrize("base", [0, 1])
def test_a_run_for_something_else_that_was_cut_off_gives_way(
    store: Store, lessons: tuple[Lesson, Lesson], carried_out: list[Any], base: int
) -> None:
    old = store.runs.start(base, "user")
    forget(store, lessons[0].id)
    carried_out.append(Ending("rejected", "No."))
    worker._run(place_of(store))
    assert store.runs.get(old.id).outcome == "failed"
    assert "has changed" in store.runs.get(old.id).reason


def test_what_is_forgotten_while_the_rest_is_learned_again_still_goes_first_next_time(
    store: Store, lessons: tuple[Lesson, Lesson], carried_out: list[Any]
) -> None:
    forget(store, lessons[0].id)
    carried_out.append(Ending("rejected", worker.FORGOTTEN_MEANWHILE))
    assert worker._run(place_of(store))["reason"] == worker.FORGOTTEN_MEANWHILE
    assert [it.id for it in to_learn_again(store, MODEL)] == [lessons[1].id]
