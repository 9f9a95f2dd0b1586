"""The first step of a run: who reads, for how long, and what the run says of it. No model, no server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.fake_policy import FakePolicy

from assistant.conversation.chat import ChatService
from assistant.conversation.feedback import give_feedback
from assistant.errors import PolicyUnavailable
from assistant.judge.case import Case, Verdict
from assistant.judge.exam import exam_of, sampled_rows
from assistant.judge.labelled import Labelled
from assistant.judge.line import judge_line
from assistant.paths import DataDir
from assistant.policy.client import Completion
from assistant.settings import JudgeSettings, LearningSettings, Settings
from assistant.store import Store
from training import reading, worker
from training.control import Control, Progress, Stopped
from training.place import Place
from training.plan import make_plan
from training.reading import Rested, read_reactions

SHORTER = "Too long, one short sentence please."
DURABLE = {"reason": "r", "verdict": {"score": -1, "category": "style"}, "scope": "durable", "hint": "Be brief."}


class Reader(FakePolicy):
    """A policy server whose base model reads reactions."""

    def __init__(self, answer: str = json.dumps(DURABLE)) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "model_hash": "model-a", "version": 0}

    def complete(self, messages: Sequence[dict[str, Any]], **sampling: Any) -> list[Completion]:
        self.asked.append(sampling)
        return [Completion(self.answer, [1], [-0.5], "stop")] * sampling["n"]


class Oracle:
    """Knows the labels: passes the exam in the name of another judge."""

    backend = "language_model"

    def __init__(self, fingerprint: str, rows: list[Labelled]) -> None:
        self.fingerprint, self._rows = fingerprint, rows

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        return [Verdict(row.score, row.category, backend=self.backend) for row in self._rows]


@pytest.fixture
def make_place(data: DataDir, store: Store) -> Callable[..., Place]:
    """`make_place(client, backend="rules")`; the progress is kept in `place.progress._out`."""

    def make(client: Any = None, budget_s: int = 1800, **judge: Any) -> Place:
        settings = Settings(
            judge=JudgeSettings(**{"backend": "rules", **judge}), learning=LearningSettings(time_budget_s=budget_s)
        )
        model = SimpleNamespace(trainable=True, sha256="model-a", why_not="")
        progress = Progress(io.StringIO(), Control(listen=False))
        return Place(data, store, client or Reader(), settings, model, progress)  # type: ignore[arg-type]

    return make


def talk(store: Store, *said: str) -> None:
    """A conversation through the chat service: each of these is said, each is answered."""
    policy = FakePolicy()
    chat = ChatService(store, policy, Settings())  # type: ignore[arg-type]
    conversation = store.conversations.create()
    for text in said:
        policy.queue("Boiling an egg takes many steps, ", "the first of which is to find an egg.")
        list(chat.reply(conversation.id, text))


def test_from_a_conversation_to_what_a_run_teaches(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER, "Thanks, perfect!")
    place = make_place()
    counts = read_reactions(place)
    assert {key: counts[key] for key in ("read", "+1", "0", "-1", "lessons")} == {
        "read": 2, "+1": 1, "0": 0, "-1": 1, "lessons": 2,
    }  # fmt: skip
    plan = make_plan(store, place.settings, "model-a", 0)
    assert plan.new_hints == ("Reply in one short sentence only.",)
    assert [anchor.lesson.polarity for anchor in plan.anchors] == [1]
    assert json.loads(place.progress._out.getvalue().splitlines()[0])["stage"] == reading.STAGE


def test_a_dislike_without_a_hint_is_never_taken_alone(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", "That is useless.", "ok")
    assert read_reactions(make_place())["lessons"] == 1
    plan = make_plan(store, Settings(), "model-a", 0)
    assert plan.empty
    assert [(one.hint, one.weight) for one in plan.unusable] == [(None, 0.05)]


def test_the_users_own_praise_is_held_on_to_first(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", "ok")
    own = give_feedback(store, "last", "praise").lesson
    for _ in range(20):
        talk(store, "How do I boil an egg?", "Thanks, perfect!")
    read_reactions(make_place())
    plan = make_plan(store, Settings(), "model-a", 0)
    assert own is not None
    assert own.id in [anchor.lesson.id for anchor in plan.anchors]
    assert len(plan.anchors) == 16


def test_a_model_that_has_passed_reads_in_the_side_lane(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", "hm, that was a lot to take in")
    client = Reader()
    exam_of(store, Oracle("model-a/1/3", sampled_rows()), sampled_rows())
    counts = read_reactions(make_place(client, backend="auto"))
    assert (counts["-1"], counts["lessons"]) == (1, 1)
    assert {(one["turn_type"], one["model"]) for one in client.asked} == {("side", "mentee:0")}
    assert [one.backend for one in store.verdicts.of_turn(first_turn(store))] == ["language_model"]
    assert judge_line(store).startswith("The model reads your reactions")


def test_a_model_that_never_took_its_exam_is_not_asked_unless_chosen(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    client = Reader()
    read_reactions(make_place(client, backend="auto"))
    assert client.asked == []
    assert store.verdicts.of_turn(first_turn(store))[-1].backend in ("classifier", "hindsight")
    read_reactions(make_place(client, backend="model"))
    assert client.asked, "chosen by hand, it takes its exam"


def first_turn(store: Store) -> str:
    return store.turns.recent(10)[-1].id


@pytest.mark.parametrize("answer", ["", "score: +1", '{"verdict": 3}'])
def test_garbage_is_zero_and_counted_and_the_run_goes_on(store: Store, make_place, answer: str) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    exam_of(store, Oracle("model-a/1/3", sampled_rows()), sampled_rows())
    counts = read_reactions(make_place(Reader(answer), backend="auto"))
    assert (counts["read"], counts["0"], counts["unparsable"], counts["lessons"]) == (1, 1, 1, 0)


def test_a_server_that_goes_away_is_stood_in_for(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    exam_of(store, Oracle("model-a/1/3", sampled_rows()), sampled_rows())
    client = Reader()
    client.complete = gone  # type: ignore[method-assign]
    counts = read_reactions(make_place(client, backend="auto"))
    assert counts["read"] == 1
    assert store.verdicts.of_turn(first_turn(store))[0].backend in ("classifier", "hindsight")


def gone(*_: object, **__: object) -> Any:
    raise PolicyUnavailable("gone")


def test_a_model_that_cannot_be_reached_is_said(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    client = Reader()
    client.health = gone  # type: ignore[method-assign]
    assert read_reactions(make_place(client, backend="model"))["read"] == 1
    assert "cannot be reached" in judge_line(store)


def test_an_exam_that_takes_too_long_is_given_up(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    times = iter([0.0, *[0.0] * 3, *[1e6] * 1000])
    counts = read_reactions(make_place(Reader(), backend="model"), clock=lambda: next(times))
    assert counts["read"] == 0
    assert "takes longer than a run may" in judge_line(store)


def test_it_is_not_taken_again_in_every_run_and_the_user_is_told(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", SHORTER)
    times = iter([0.0, *[0.0] * 3, *[1e6] * 1000])
    read_reactions(make_place(Reader(), backend="model"), clock=lambda: next(times))
    client = Reader()
    assert read_reactions(make_place(client, backend="model"))["read"] == 1
    assert client.asked == []
    assert "takes longer than a run may" in judge_line(store)
    exam_of(store, Oracle("model-a/1/3", sampled_rows()), sampled_rows())
    assert read_reactions(make_place(client, backend="model"))["read"] == 1
    assert client.asked, "it passed in its own time"
    assert judge_line(store).startswith("The model reads")


def test_the_time_of_a_run_is_not_all_spent_on_reading(store: Store, make_place) -> None:
    for _ in range(20):
        talk(store, "How do I boil an egg?", "ok")
    times = iter([0.0, 10.0, 700.0])
    counts = read_reactions(make_place(), clock=lambda: next(times))
    assert (counts["read"], counts["left"]) == (8, 12)


def test_no_more_than_the_settings_allow(store: Store, make_place) -> None:
    for _ in range(5):
        talk(store, "How do I boil an egg?", "ok")
    assert read_reactions(make_place(turns_per_run=3))["read"] == 3
    assert read_reactions(make_place(turns_per_run=0)) == {}


def test_nothing_to_read_asks_nobody(store: Store, make_place) -> None:
    client = Reader()
    client.health = gone  # type: ignore[method-assign]
    talk(store, "How do I boil an egg?")
    assert read_reactions(make_place(client, backend="model"))["read"] == 0
    assert judge_line(store) == judge_line(store)
    assert "cannot be reached" not in judge_line(store)


def test_a_stop_is_honoured_and_keeps_what_was_read(store: Store, make_place) -> None:
    for _ in range(20):
        talk(store, "How do I boil an egg?", "ok")
    place = make_place()
    calls: list[int] = []

    class Stopping(Progress):
        def border(self, done: int, total: int) -> None:
            calls.append(done)
            if done:
                raise Stopped("Stopped")

    with pytest.raises(Stopped):
        read_reactions(replace(place, progress=Stopping(io.StringIO(), Control(listen=False))))
    assert calls == [0, 8]
    assert len(store.verdicts.unread("rules", "1", (), -1)) == 12


def test_a_judge_rests_between_batches() -> None:
    rests: list[int] = []
    judge = Rested(Oracle("x", sampled_rows()[:8]), lambda: rests.append(1), lambda: True)
    judge.judge([row.case for row in sampled_rows()[:16]])
    assert len(rests) == 2
    assert (judge.backend, judge.fingerprint) == ("language_model", "x")


def test_the_result_and_the_run_carry_the_counts(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", "By the way, what is rain?")
    result = worker._run(make_place())
    assert result["outcome"] == "skipped"
    assert result["judged"]["read"] == 1
    assert {"outcome", "reason", "version", "lessons", "exam"} < set(result)
    (run,) = store.runs.list()
    assert [(event.kind, event.data) for event in store.runs.events(run.id)] == [("judged", result["judged"])]


def test_judged_dislikes_are_not_called_the_users_own(store: Store, make_place) -> None:
    talk(store, "How do I boil an egg?", "That is useless.")
    result = worker._run(make_place())
    assert result["judged"]["lessons"] == 1
    assert result["reason"] == "There is nothing new to learn."


def test_a_run_that_goes_on_reads_nothing_new(store: Store, make_place) -> None:
    store.runs.start(0, "user")
    talk(store, "How do I boil an egg?", SHORTER)
    assert worker._run(make_place())["judged"] == {}
    assert store.lessons.list() == []
