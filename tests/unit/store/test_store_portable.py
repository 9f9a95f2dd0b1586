"""Taking the data out and in again."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import BadInput
from assistant.paths import DataDir
from assistant.store import Store
from assistant.store.portable import export_json, export_markdown, export_training, import_json
from assistant.store.records import NewTurn, NewVerdict, NewVersion


@pytest.fixture
def other(tmp_path: Path) -> Store:
    """A second database, empty."""
    with Store.open(DataDir.resolve(tmp_path / "other")) as opened:
        yield opened


def through_a_file(document: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(document, allow_nan=False))


def content(store: Store) -> dict[str, Any]:
    return {key: value for key, value in export_json(store).items() if key != "exported_at"}


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
flat = st.dictionaries(words, st.one_of(words, st.integers(-(2**53), 2**53), st.booleans(), st.none()), max_size=3)


trees = st.lists(st.lists(st.tuples(words, st.integers(0, 9)), max_size=5), max_size=3)
roles = st.sampled_from(["user", "assistant", "tool", "system"])


def build(store: Store, data: st.DataObject) -> None:
    """Something that a user may have done."""
    for number, tree in enumerate(data.draw(trees)):
        external_id = data.draw(st.none() | st.just(f"session {number}"))
        conversation = store.conversations.create(data.draw(words), external_id=external_id)
        ids: list[str | None] = [None]
        for text, parent in tree:
            role, calls = data.draw(roles), data.draw(st.none() | st.lists(flat, max_size=2))
            message = store.messages.add(conversation.id, ids[parent % len(ids)], role, text, tool_calls=calls)
            ids.append(message.id)
            if role == "assistant":
                exchange(store, data, message.id, conversation.id)
        store.conversations.set_leaf(conversation.id, ids[-1])


def exchange(store: Store, data: st.DataObject, message_id: str, conversation_id: str) -> None:
    token_ids = data.draw(st.lists(st.integers(0, 2**31 - 1), max_size=4))
    logprobs = [data.draw(st.floats(-100, 0, width=32)) for _ in token_ids]
    versions = [version.id for version in store.versions.list()]
    turn = store.turns.add(
        NewTurn(
            message_id,
            conversation_id,
            data.draw(st.sampled_from(["main", "side"])),
            token_ids,
            token_ids,
            logprobs,
            data.draw(flat),
            "model",
            "template",
            data.draw(st.sampled_from(versions)),
            "stop",
        )
    )
    said = store.feedback.add(turn.id, "correction", data.draw(words) + "x", "durable")
    store.verdicts.add(NewVerdict(turn.id, -1, "c", "reply", data.draw(words), 0.5, "b", [1, -1], message_id))
    lesson = store.lessons.add(
        turn.id,
        polarity=-1,
        hint=data.draw(words),
        rewrite=None,
        scope="durable",
        weight=data.draw(st.floats(0, 1)),
        feedback_id=said.id,
    )
    store.memory.add("fact", data.draw(words) + "x", source_turn_id=turn.id)
    run = store.runs.start(versions[-1], "user")
    store.runs.event(run.id, "k", data.draw(flat))
    version = store.versions.add(
        NewVersion("model", versions[-1], run.id, data.draw(words), data.draw(flat), 16, 32.0, [lesson.id])
    )
    store.lessons.mark_learned([lesson.id], version.id)
    store.versions.use("model", version.id)
    store.runs.finish(run.id, "adopted", "", version_id=version.id, exam=data.draw(flat))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_import_of_an_export_is_the_same_data(data: st.DataObject) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(DataDir.resolve(Path(folder) / "a")) as one,
        Store.open(DataDir.resolve(Path(folder) / "b")) as two,
    ):
        for store in (one, two):
            store.connection.raw.execute("PRAGMA synchronous = OFF")
        build(one, data)
        document = through_a_file(export_json(one))
        counts = import_json(two, document)
        assert content(two) == content(one)
        assert counts == {table: len(rows) for table, rows in document.items() if isinstance(rows, list)}
        assert set(import_json(two, document).values()) == {0}
        assert content(two) == content(one)
        assert two.check() == []


def test_an_export_of_the_first_format_is_read(store: Store, other: Store, make_turn) -> None:
    turn = make_turn()
    store.verdicts.add(NewVerdict(turn.id, -1, "style", "reply", "Be brief.", 0.5, "rules", [0, 0, 1, 0]))
    document = through_a_file(export_json(store))
    for row in document["verdicts"]:
        del row["fingerprint"], row["hints"]
    import_json(other, document)
    assert other.verdicts.of_turn(turn.id) == store.verdicts.of_turn(turn.id)


def test_import_keeps_search_working(store: Store, other: Store, make_turn) -> None:
    turn = make_turn("where is the zebra?")
    import_json(other, through_a_file(export_json(store)))
    assert [hit.conversation_id for hit in other.search("zebra")] == [turn.conversation_id] * 2


def test_import_beside_other_data_gives_versions_new_numbers(store, other, make_turn, make_lesson, make_version):
    lesson = make_lesson()
    one = make_version(lesson_ids=(lesson,), sha256="a" * 64)
    two = make_version(parent_id=one, sha256="b" * 64)
    turn = make_turn(version=two)
    item = store.memory.add("instruction", "Be brief.")
    store.memory.set_state(item.id, "consolidated", two)
    store.versions.use("model-a", two)
    theirs = other.versions.add(NewVersion("model-b", 0, None, "c" * 64, {}, 8, 16.0))
    assert theirs.id == one
    document = through_a_file(export_json(store))
    import_json(other, document)
    assert other.versions.get(theirs.id) == theirs
    _, *imported = other.versions.list("model-a")
    assert [(found.id, found.parent_id, found.sha256[0]) for found in imported] == [(2, 0, "a"), (3, 2, "b")]
    assert other.turns.get(turn.id).version == 3
    assert other.lessons.get(lesson).versions == (2,)
    assert other.memory.get(item.id).consolidated_version == 3
    assert other.versions.active("model-a") == 3
    assert other.versions.active("model-b") == 0
    assert set(import_json(other, document).values()) == {0}


def test_session_stays_with_the_conversation_that_has_it_here(store: Store, other: Store) -> None:
    theirs = store.conversations.create("theirs", external_id="s")
    mine = other.conversations.create("mine", external_id="s")
    import_json(other, through_a_file(export_json(store)))
    assert other.conversations.by_external("s") == mine
    assert other.conversations.get(theirs.id).external_id is None


def test_known_rows_stay_as_they_are(store: Store) -> None:
    conversation = store.conversations.create("before")
    document = through_a_file(export_json(store))
    store.conversations.rename(conversation.id, "after")
    import_json(store, document)
    assert store.conversations.get(conversation.id).title == "after"


def broken(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def make(document: dict[str, Any]) -> dict[str, Any]:
        change(document)
        return document

    return make


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: [],
        lambda document: {"format": "other"},
        broken(lambda d: d.update(version=2)),
        broken(lambda d: d.update(messages={})),
        broken(lambda d: d.update(messages=["x"])),
        broken(lambda d: d["messages"].reverse()),
        broken(lambda d: d["messages"][0].update(role="robot")),
        broken(lambda d: d["messages"][0].update(content=["a list"])),
        broken(lambda d: d["messages"][0].update(content=None)),
        broken(lambda d: d["messages"][0].pop("content")),
        broken(lambda d: d["messages"][0].update(conversation_id="elsewhere")),
        broken(lambda d: d["messages"][1].update(parent_id="nowhere")),
        broken(lambda d: d["messages"][0].update(parent_id=d["messages"][1]["id"])),
        broken(lambda d: d["turns"][0].update(reply_token_ids=["x"])),
        broken(lambda d: d["turns"][0].update(reply_token_ids=[2**40])),
        broken(lambda d: d["turns"][0].update(version=99)),
        broken(lambda d: d["turns"][0].update(version=[1])),
        broken(lambda d: d["turns"][0].update(sampler=[])),
        broken(lambda d: d["versions"][0].update(id="x")),
        broken(lambda d: d["versions"][0].update(id=2**70)),
        broken(lambda d: d["versions"][0].pop("sha256")),
        broken(lambda d: d["conversations"][0].update(created_at=None)),
        broken(lambda d: d["runs"][0].update(version_id=99)),
        broken(lambda d: d["state"].append({"key": "active_version:m", "value": "99"})),
    ],
)
def test_unsound_export_is_refused_and_changes_nothing(
    store: Store, other: Store, make_turn, make_version, damage
) -> None:
    make_turn()
    run = store.runs.start(0, "user")
    make_version(run_id=run.id)
    document = through_a_file(export_json(store))
    before = content(other)
    with pytest.raises(BadInput):
        import_json(other, damage(document))
    assert content(other) == before


def test_names_in_the_file_never_become_sql(store: Store, other: Store) -> None:
    store.conversations.create("x")
    document = through_a_file(export_json(store))
    document["conversations"][0]['id") VALUES (1); DROP TABLE messages; --'] = "x"
    import_json(other, document)
    assert other.check() == []
    assert other.connection.rows("SELECT count(*) FROM messages")[0][0] == 0


def test_markdown_shows_the_path_on_show(store: Store, make_turn) -> None:
    turn = make_turn("How do I boil an egg?", "Ten minutes.")
    store.messages.add(turn.conversation_id, None, "user", "another branch")
    assert export_markdown(store, turn.conversation_id) == (
        "# How do I boil an egg?\n\n## You\n\nHow do I boil an egg?\n\n## Mentee\n\nTen minutes.\n"
    )


def test_markdown_of_an_empty_conversation(store: Store) -> None:
    assert export_markdown(store, store.conversations.create().id) == "# Conversation\n"


def test_training_rows_are_labelled(store: Store, make_turn) -> None:
    praised, corrected, rewritten = make_turn(reply="good"), make_turn(reply="bad"), make_turn(reply="worse")
    store.lessons.add(praised.id, polarity=1, hint=None, rewrite=None, scope="reply", weight=0.5)
    said = store.feedback.add(corrected.id, "correction", "Too long!", "durable")
    store.lessons.add(
        corrected.id,
        polarity=-1,
        hint="Be brief.",
        rewrite=None,
        scope="durable",
        weight=1.0,
        feedback_id=said.id,
    )
    wrote = store.feedback.add(rewritten.id, "rewrite", "better", "reply")
    store.lessons.add(
        rewritten.id,
        polarity=-1,
        hint=None,
        rewrite="better",
        scope="reply",
        weight=1.0,
        feedback_id=wrote.id,
    )
    rows = list(export_training(store))
    assert [(row["chosen"], row["rejected"], row["correction"], row["score"]) for row in rows] == [
        ("good", None, None, 1),
        (None, "bad", "Too long!", -1),
        ("better", "worse", None, -1),
    ]
    assert rows[0]["messages"] == [{"role": "user", "content": "How do I boil an egg?"}]
    assert (rows[0]["version"], rows[0]["model_hash"], rows[0]["turn_id"]) == (0, "model-a", praised.id)


def test_training_rows_leave_out_what_the_user_took_back(store: Store, make_turn, make_lesson) -> None:
    for state in ("excluded", "forgotten"):
        store.lessons.set_state(make_lesson(), state)
    binned = make_turn()
    make_lesson(binned)
    store.conversations.trash(binned.conversation_id)
    kept = make_lesson()
    assert [row["lesson_id"] for row in export_training(store)] == [kept]
