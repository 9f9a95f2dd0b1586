"""feedback, lessons, memory and search."""

from __future__ import annotations

import pytest
from helpers.command_line import Mentee, Ran
from helpers.fake_policy import FakePolicy

from assistant.commands import following
from assistant.judge.reading import read_turns
from assistant.judge.rules import RulesJudge
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion, Turn


def test_feedback_says_what_was_noted(mentee: Mentee, turn: Turn) -> None:
    ran = mentee("feedback", "last", "--correct", "Too long, one short sentence please.")
    assert (ran.status, ran.out) == (0, "Noted from now on: Reply in one short sentence only.\n")


def test_feedback_as_json(mentee: Mentee, turn: Turn) -> None:
    ran = mentee("feedback", turn.id, "--correct", "one short sentence please", "--json")
    assert ran.json["turn"] == turn.id
    assert ran.json["scope"] == "durable"
    assert ran.json["noted"] == "Reply in one short sentence only."
    assert ran.json["lesson"]
    assert ran.json["memory"]


@pytest.mark.parametrize("choice", [["--praise"], ["--dislike"], ["--rewrite", "Eight minutes."]])
def test_the_other_kinds_of_feedback_make_a_lesson(mentee: Mentee, turn: Turn, choice: list[str]) -> None:
    ran = mentee("feedback", "last", *choice, "--json")
    assert (ran.status, ran.json["memory"]) == (0, None)
    assert ran.json["lesson"]


def test_feedback_twice_keeps_both_and_the_latest_wins(mentee: Mentee, turn: Turn, store: Store) -> None:
    mentee("feedback", "last", "--praise")
    mentee("feedback", "last", "--correct", "be brief")
    assert [one.kind for one in store.feedback.history(turn.id)] == ["praise", "correction"]
    assert [lesson.polarity for lesson in store.lessons.pending()] == [-1]


@pytest.mark.parametrize(
    "argv",
    [
        ["feedback", "nothing", "--praise"], ["feedback", "last", "--praise"], ["lessons", "exclude", "nothing"],
        ["lessons", "forget", "nothing"], ["memory", "remove", "nothing"],
    ],
)  # fmt: skip
def test_unknown_ids_are_refused_in_one_line(mentee: Mentee, argv: list[str]) -> None:
    ran = mentee(*argv)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("mentee: ")
    assert ran.err.count("\n") == 1


def test_empty_words_are_refused(mentee: Mentee, turn: Turn) -> None:
    assert mentee("feedback", "last", "--correct", " ").status == 1
    assert mentee("memory", "add", " ").status == 1


def test_lessons_are_listed_excluded_and_forgotten(mentee: Mentee, turn: Turn, store: Store) -> None:
    assert mentee("lessons").out == "No lessons yet.\n"
    lesson = mentee("feedback", "last", "--correct", "be brief", "--json").json["lesson"]
    assert "Be brief." in mentee("lessons", "list").out
    assert [one["id"] for one in mentee("lessons", "list", "--json").json] == [lesson]
    assert "No version was trained on it" in mentee("lessons", "exclude", lesson).out
    assert store.lessons.get(lesson).state == "excluded"
    assert mentee("lessons", "forget", lesson, "--json").json == {
        "lesson": lesson, "state": "forgotten", "versions": [], "in_use": None, "learn_again": 0,
    }  # fmt: skip


def test_the_list_says_where_a_lesson_comes_from(mentee: Mentee, turn: Turn, store: Store) -> None:
    store.messages.add(turn.conversation_id, turn.message_id, "user", "Too long, one short sentence please.")
    read_turns(store, RulesJudge(), 10)
    assert "said next (likely): Too long, one short sentence please." in mentee("lessons", "list").out
    (listed,) = mentee("lessons", "list", "--json").json
    assert listed["origin"] == {
        "kind": "said next", "said": "Too long, one short sentence please.", "certainty": "likely",
    }  # fmt: skip


@pytest.fixture
def learned(mentee: Mentee, turn: Turn, store: Store) -> str:
    """A lesson that version 1, in use, was trained on."""
    lesson: str = mentee("feedback", "last", "--correct", "be brief", "--json").json["lesson"]
    run = store.runs.start(0, "user")
    version = store.versions.add(NewVersion("model-a", 0, run.id, "x", {}, 16, 32.0, [lesson]))
    store.lessons.mark_learned([lesson], version.id)
    store.versions.use("model-a", version.id)
    return lesson


def test_excluding_says_which_versions_still_hold_the_lesson(mentee: Mentee, learned: str, store: Store) -> None:
    assert "Version 1 had learned it and still acts on it" in mentee("lessons", "exclude", learned).out
    assert mentee("lessons", "include", learned).out == "Included: it counts again.\n"
    assert store.lessons.get(learned).state == "learned"


def test_forgetting_says_what_answers_now(mentee: Mentee, learned: str, store: Store) -> None:
    ran = mentee("lessons", "forget", learned)
    said = "Forgotten. Version 1 had learned it and can no longer be used. The base model answers now.\n"
    assert (ran.status, ran.out) == (0, said)
    assert store.versions.active("model-a") == 0
    assert mentee("lessons", "forget", learned, "--json").json["in_use"] is None
    assert mentee("lessons", "exclude", learned).err == "mentee: This lesson is forgotten already.\n"


def test_forgetting_says_that_the_rest_will_be_learned_again(mentee: Mentee, learned: str, store: Store) -> None:
    turn_id = store.lessons.get(learned).turn_id
    both = {"polarity": -1, "rewrite": None, "scope": "durable", "weight": 1.0}
    other = store.lessons.add(turn_id, hint="End with a question.", **both)
    store.lessons.mark_learned([other.id], 1)
    ran = mentee("lessons", "forget", learned, "--json").json
    assert (ran["in_use"], ran["learn_again"]) == (0, 1)
    assert mentee("lessons", "include", learned).out == "Included: it counts again. Version 1 answers now.\n"
    until = "The base model answers now, until `mentee learn` has learned the other lesson again."
    assert until in mentee("lessons", "forget", learned).out


def test_a_running_server_is_told(
    mentee: Mentee, learned: str, policy: FakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "health", lambda: {"model_hash": "model-a", "version": 1}, raising=False)
    monkeypatch.setattr(following.supervisor, "running", lambda _data: policy)
    mentee("lessons", "forget", learned)
    assert policy.used == [0]


@pytest.mark.parametrize("served", [("model-b", 1), ("model-a", 0)], ids=["another model", "told already"])
def test_a_server_that_need_not_know_is_left_alone(
    mentee: Mentee, learned: str, policy: FakePolicy, monkeypatch: pytest.MonkeyPatch, served: tuple[str, int]
) -> None:
    health = {"model_hash": served[0], "version": served[1]}
    monkeypatch.setattr(policy, "health", lambda: health, raising=False)
    monkeypatch.setattr(following.supervisor, "running", lambda _data: policy)
    mentee("lessons", "forget", learned)
    assert policy.used == []


def test_a_version_that_displeases_is_taken_back_and_it_is_said(mentee: Mentee, learned: str, store: Store) -> None:
    def react(kind: str, version: int) -> Ran:
        conversation = store.conversations.create()
        reply = store.messages.add(conversation.id, None, "assistant", "Ten minutes.")
        made = store.turns.add(
            NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.5], {}, "model-a", "t", version, "stop")
        )
        return mentee("feedback", made.id, kind)

    for _ in range(5):
        react("--praise", 0)
    ran = [react("--dislike", 1) for _ in range(5)]
    assert [it.out.count("taken back") for it in ran] == [0, 0, 0, 0, 1]
    assert "Version 1 was taken back: 5 of 5 replies displeased, 1 of 6 before." in ran[-1].out
    assert store.versions.active("model-a") == 0


def test_a_lesson_that_was_overruled_says_by_which(mentee: Mentee, turn: Turn, store: Store) -> None:
    both = {"polarity": -1, "rewrite": None, "scope": "durable", "weight": 1.0}
    earlier = store.lessons.add(turn.id, hint="Keep replies short.", **both)
    later = store.lessons.add(turn.id, hint="Write longer replies.", **both)
    assert f"Keep replies short. (overruled by {later.id})" in mentee("lessons").out
    listed = {one["id"]: one["overruled_by"] for one in mentee("lessons", "--json").json}
    assert listed == {earlier.id: later.id, later.id: None}


def test_memory_is_added_listed_and_removed(mentee: Mentee) -> None:
    assert mentee("memory").out == "Nothing is remembered yet.\n"
    wish = mentee("memory", "add", "Answer in German", "--json").json
    fact = mentee("memory", "add", "my name is Ada", "--json").json
    assert (wish["kind"], fact["kind"]) == ("instruction", "fact")
    assert [item["text"] for item in mentee("memory", "list", "--json").json] == [
        "Answer in German", "my name is Ada",
    ]  # fmt: skip
    assert mentee("memory", "remove", wish["id"]).out == "Removed: Answer in German\n"
    assert "Answer in German" not in mentee("memory").out


@pytest.mark.parametrize(("flag", "kind"), [("--fact", "fact"), ("--instruction", "instruction")])
def test_the_kind_may_be_said(mentee: Mentee, flag: str, kind: str) -> None:
    assert mentee("memory", "add", "my name is Ada", flag, "--json").json["kind"] == kind


def test_search_shows_where(mentee: Mentee, turn: Turn) -> None:
    assert mentee("search", "nowhere").out == "Nothing found.\n"
    assert "How do I boil an [egg]?" in mentee("search", "egg").out
    hits = mentee("search", "boil egg", "--json").json
    assert hits[0]["conversation_id"] == turn.conversation_id


@pytest.mark.parametrize("text", ['"', "*", "NEAR(", "a AND", "egg)", ""])
def test_search_takes_any_text(mentee: Mentee, turn: Turn, text: str) -> None:
    assert mentee("search", text).status == 0


def test_options_may_stand_anywhere(mentee: Mentee) -> None:
    assert mentee("--json", "memory", "list").json == []
    assert mentee("memory", "--json").json == []
    assert mentee("memory", "list", "--json").json == []
    assert mentee("memory", "--json", "list").json == []
