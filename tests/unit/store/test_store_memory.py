"""Standing instructions, facts, versions and runs."""

import pytest

from assistant.errors import BadInput, InternalBug, NotFound
from assistant.store import Store


def test_memory_item_reads_back(store: Store, make_turn) -> None:
    turn = make_turn()
    item = store.memory.add("instruction", "Be brief.", source_text="too long!", source_turn_id=turn.id)
    assert store.memory.get(item.id) == item
    assert (item.kind, item.source_text, item.source_turn_id, item.scope, item.state) == (
        "instruction",
        "too long!",
        turn.id,
        "everywhere",
        "active",
    )


def test_active_instructions_are_those_of_the_conversation_oldest_first(store: Store) -> None:
    here, there = store.conversations.create(), store.conversations.create()
    first = store.memory.add("instruction", "one")
    store.memory.add("fact", "a fact")
    store.memory.add("instruction", "elsewhere", scope="conversation", scope_ref=there.id)
    store.memory.add("instruction", "cooking only", scope="topic", scope_ref="cooking")
    off = store.memory.add("instruction", "off")
    store.memory.set_state(off.id, "off")
    second = store.memory.add("instruction", "two", scope="conversation", scope_ref=here.id)
    assert store.memory.active_instructions(here.id) == [first, second]
    store.conversations.set_instructions_off(here.id, True)
    assert store.memory.active_instructions(here.id) == []


def test_consolidated_instruction_leaves_the_prompt_until_edited(store: Store, make_version) -> None:
    conversation, version = store.conversations.create(), make_version()
    item = store.memory.add("instruction", "Be brief.")
    store.memory.set_state(item.id, "consolidated", version)
    assert store.memory.get(item.id).consolidated_version == version
    assert store.memory.active_instructions(conversation.id) == []
    store.memory.edit(item.id, "Be very brief.")
    (edited,) = store.memory.active_instructions(conversation.id)
    assert (edited.text, edited.state, edited.consolidated_version) == ("Be very brief.", "active", None)


def test_editing_an_item_that_is_off_leaves_it_off(store: Store) -> None:
    item = store.memory.add("instruction", "one")
    store.memory.set_state(item.id, "off")
    store.memory.edit(item.id, "two")
    assert (store.memory.get(item.id).text, store.memory.get(item.id).state) == ("two", "off")


def test_list_filters_by_state(store: Store) -> None:
    one, two = store.memory.add("fact", "one"), store.memory.add("fact", "two")
    store.memory.set_state(two.id, "off")
    assert [item.id for item in store.memory.list()] == [one.id, two.id]
    assert [item.id for item in store.memory.list(["off"])] == [two.id]


def test_removed_item_is_gone(store: Store) -> None:
    item = store.memory.add("fact", "one")
    store.memory.remove(item.id)
    assert store.memory.list() == []
    with pytest.raises(NotFound):
        store.memory.remove(item.id)


@pytest.mark.parametrize(
    "call",
    [
        lambda memory: memory.add("fact", "  "),
        lambda memory: memory.add("instruction", "x", scope="topic"),
        lambda memory: memory.set_state(memory.add("instruction", "x").id, "consolidated"),
        lambda memory: memory.edit(memory.add("instruction", "x").id, ""),
    ],
)
def test_senseless_memory_is_refused(store: Store, call) -> None:
    with pytest.raises(BadInput):
        call(store.memory)


def test_version_zero_is_every_models_and_in_use_by_default(store: Store) -> None:
    assert store.versions.active("model-a") == store.versions.active("model-b") == 0
    assert store.versions.get(0).parent_id is None
    assert [version.id for version in store.versions.list("model-a")] == [0]
    with pytest.raises(BadInput):
        store.versions.set_state(0, "deleted")


def test_versions_count_up_and_belong_to_a_model(store: Store, make_version) -> None:
    one = make_version()
    other = make_version(model_hash="model-b")
    two = make_version(parent_id=one)
    assert [one, other, two] == [1, 2, 3]
    assert [version.id for version in store.versions.list("model-a")] == [0, 1, 3]
    assert [version.id for version in store.versions.list()] == [0, 1, 2, 3]
    assert store.versions.get(two).parent_id == one
    assert store.versions.get(one).exam == {"style": 0.56}


def test_use_is_per_model_and_rolls_back(store: Store, make_version) -> None:
    one, other = make_version(), make_version(model_hash="model-b")
    store.versions.use("model-a", one)
    store.versions.use("model-b", other)
    assert (store.versions.active("model-a"), store.versions.active("model-b")) == (one, other)
    store.versions.use("model-a", 0)
    assert (store.versions.active("model-a"), store.versions.active("model-b")) == (0, other)


def test_version_of_another_model_is_refused(store: Store, make_version) -> None:
    other = make_version(model_hash="model-b")
    with pytest.raises(BadInput, match="another model"):
        store.versions.use("model-a", other)
    with pytest.raises(BadInput, match="another model"):
        make_version(parent_id=other)
    assert store.versions.active("model-a") == 0


def test_damaged_version_gives_way_to_its_nearest_sound_ancestor(store: Store, make_version) -> None:
    one = make_version()
    two = make_version(parent_id=one)
    three = make_version(parent_id=two)
    store.versions.use("model-a", three)
    store.versions.set_state(three, "damaged")
    assert store.versions.active("model-a") == two
    store.versions.set_state(two, "deleted")
    assert store.versions.active("model-a") == one
    store.versions.set_state(one, "deleted")
    assert store.versions.active("model-a") == 0
    store.versions.set_state(three, "adopted")
    assert store.versions.active("model-a") == three


@pytest.mark.parametrize("state", ["damaged", "deleted"])
def test_unsound_version_cannot_be_chosen(store: Store, make_version, state) -> None:
    one = make_version()
    store.versions.set_state(one, state)
    with pytest.raises(BadInput, match=state):
        store.versions.use("model-a", one)


def test_number_of_a_version_that_failed_to_publish_is_free_again(store: Store, make_version) -> None:
    def publish() -> None:
        assert make_version() == 1
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="on fire"), store.immediate():
        publish()
    assert make_version() == 1


def test_version_with_an_unknown_lesson_is_not_listed(store: Store, make_version) -> None:
    with pytest.raises(NotFound):
        make_version(lesson_ids=("no such lesson",))
    assert [version.id for version in store.versions.list()] == [0]


def test_run_from_start_to_finish(store: Store, make_version) -> None:
    run = store.runs.start(0, "user")
    assert store.runs.unfinished() == [run]
    assert (run.outcome, run.finished_at, run.exam) == (None, None, {})
    store.runs.event(run.id, "stage", {"name": "practice", "done": 3})
    store.runs.event(run.id, "stage", {"name": "training", "done": 1})
    version = make_version(run_id=run.id)
    done = store.runs.finish(run.id, "adopted", "obeys better", version_id=version, exam={"style": 0.6}, lessons=2)
    assert store.runs.list() == [done]
    assert (done.outcome, done.reason, done.version_id, done.lessons, done.exam) == (
        "adopted",
        "obeys better",
        version,
        2,
        {"style": 0.6},
    )
    assert store.runs.unfinished() == []
    assert [(event.kind, event.data["name"]) for event in store.runs.events(run.id)] == [
        ("stage", "practice"),
        ("stage", "training"),
    ]


def test_runs_are_newest_first_and_limited(store: Store) -> None:
    first, second = store.runs.start(0, "user"), store.runs.start(0, "schedule")
    assert [run.id for run in store.runs.list()] == [second.id, first.id]
    assert [run.id for run in store.runs.list(limit=1)] == [second.id]


def test_run_must_end_in_one_of_four_ways(store: Store) -> None:
    run = store.runs.start(0, "user")
    with pytest.raises(InternalBug, match="CHECK"):
        store.runs.finish(run.id, "vanished", "why")
    assert store.runs.unfinished() == [run]


def test_state_keeps_the_latest_value(store: Store) -> None:
    assert store.state.get("k") is None
    store.state.set("k", "one")
    store.state.set("k", "two")
    assert store.state.get("k") == "two"
