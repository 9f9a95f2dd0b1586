"""Exclude, include, forget: what the user does to a lesson, each in one transaction.

Forgetting moves to the nearest older version without the lesson at once; the weights that held it may not answer any
more, and the next learning run deletes them and learns the rest again (docs/decisions/0008). All of it is in the
database before anybody is told, so a crash at any point leaves the request standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.errors import BadInput
from assistant.ledger.lineage import lessons_in, line, sound_ancestor, state_again, to_learn_again
from assistant.memory.phrases import plain
from assistant.store import Store
from assistant.store.records import Lesson, MemoryItem
from assistant.store.versions import REPLACED


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of one lesson led to.

    Attributes:
        lesson: as it is now.
        in_use: version that answers from now on, by model hash, for each model that the lesson was trained into.
        moved: whether that is another one than before, for any of them.
        again: how many lessons the next run has to learn again; praise alone makes no run.
    """

    lesson: Lesson
    in_use: Mapping[str, int] = field(default_factory=dict)
    moved: bool = False
    again: int = 0


def exclude(store: Store, lesson_id: str) -> Change:
    """Leaves a lesson out of future runs; versions that learned it stay as they are.

    Raises:
        NotFound: there is none with this id.
        BadInput: it is forgotten, which is more.
    """
    with store.immediate():
        if store.lessons.get(lesson_id).state == "forgotten":
            raise BadInput("This lesson is forgotten already.")
        store.lessons.set_state(lesson_id, "excluded")
        return Change(store.lessons.get(lesson_id))


def forget(store: Store, lesson_id: str) -> Change:
    """Takes a lesson back, out of the prompt and out of the weights. A second time changes nothing.

    Raises:
        NotFound: there is none with this id.
    """
    with store.immediate():
        lesson = store.lessons.get(lesson_id)
        before = _in_use(store, lesson)
        store.lessons.set_state(lesson_id, "forgotten")
        _silence(store, lesson)
        for model_hash, active in before.items():
            _give_way(store, model_hash, active)
            _wait_again(store, model_hash)
        _speak_again(store)
        return _change(store, lesson_id, before)


def include(store: Store, lesson_id: str) -> Change:
    """Has an excluded or forgotten lesson count again; brings back what gave way to it, as far as it is still there.

    Raises:
        NotFound: there is none with this id.
    """
    with store.immediate():
        lesson = store.lessons.get(lesson_id)
        if lesson.state not in ("excluded", "forgotten"):
            return Change(lesson)
        store.lessons.set_state(lesson_id, "pending")
        store.lessons.set_state(lesson_id, state_again(store, lesson))
        if lesson.state == "excluded":
            return Change(store.lessons.get(lesson_id))
        for item in _instructions_of(store, lesson):
            if item.state == "off":
                store.memory.set_state(item.id, "active")
        before = _in_use(store, lesson)
        for model_hash, active in before.items():
            _come_back(store, model_hash, active)
        return _change(store, lesson_id, before)


def _in_use(store: Store, lesson: Lesson) -> dict[str, int]:
    """The version in use for each model that has a version with this lesson."""
    models = {store.versions.get(version).model_hash for version in lesson.versions if version}
    return {model_hash: store.versions.active(model_hash) for model_hash in models}


def _change(store: Store, lesson_id: str, before: Mapping[str, int]) -> Change:
    now = {model_hash: store.versions.active(model_hash) for model_hash in before}
    lost = [lesson for model_hash in now for lesson in to_learn_again(store, model_hash)]
    again = sum(lesson.polarity < 0 and bool(lesson.hint or lesson.rewrite) for lesson in lost)
    return Change(store.lessons.get(lesson_id), now, now != before, again)


def _give_way(store: Store, model_hash: str, active: int) -> None:
    """Where the version in use holds something forgotten, its nearest sound ancestor takes over at once."""
    if not store.versions.get(active).forgotten:
        return
    whole, taking_over = line(store, active), sound_ancestor(store, active)
    store.versions.use(model_hash, taking_over)
    replaced = store.state.get(REPLACED + model_hash)
    # An older request that still stands knows the longer line: what it replaced grew from this one.
    if replaced is None or active not in {version.id for version in line(store, int(replaced))}:
        store.state.set(REPLACED + model_hash, str(active))
    _to_pending(store, lessons_in(whole) - lessons_in(line(store, taking_over)))


def _wait_again(store: Store, model_hash: str) -> None:
    """What is left in no version that may answer has to be learned again."""
    versions = [version for version in store.versions.list(model_hash) if version.id]
    held = lessons_in(version for version in versions if version.usable)
    _to_pending(store, lessons_in(version for version in versions if version.forgotten) - held)


def _to_pending(store: Store, lesson_ids: set[str]) -> None:
    for lesson_id in lesson_ids:
        if store.lessons.get(lesson_id).state == "learned":
            store.lessons.set_state(lesson_id, "pending")


def _come_back(store: Store, model_hash: str, active: int) -> None:
    """Undoes `_give_way` unless a run has deleted the weights or the user chose something else since."""
    replaced = store.state.get(REPLACED + model_hash)
    if replaced is None:
        return
    whole = line(store, int(replaced))
    if not whole[0].usable or active not in {version.id for version in whole}:
        return
    store.versions.use(model_hash, whole[0].id)
    store.state.remove(REPLACED + model_hash)
    for lesson_id in lessons_in(whole):
        if store.lessons.get(lesson_id).state == "pending":
            store.lessons.set_state(lesson_id, "learned")


def _silence(store: Store, lesson: Lesson) -> None:
    """The standing instruction of the lesson leaves the prompt, unless another lesson that counts says the same."""
    others = [it for it in store.lessons.list(["pending", "learned"], limit=-1) if it.id != lesson.id]
    wanted = {plain(it.hint) for it in others if it.hint and it.scope == "durable"}
    for item in _instructions_of(store, lesson):
        if item.state != "off" and plain(item.text) not in wanted:
            store.memory.set_state(item.id, "off")


def _speak_again(store: Store) -> None:
    """What only a version that may not answer any more obeyed without being told has to be told again."""
    for item in store.memory.list(["consolidated"]):
        version = item.consolidated_version
        if version is not None and not store.versions.get(version).usable:
            store.memory.set_state(item.id, "active")


def _instructions_of(store: Store, lesson: Lesson) -> list[MemoryItem]:
    """Standing instructions in the words of the lesson; one that the user wrote by hand is not among them."""
    if not lesson.hint or lesson.scope != "durable":
        return []
    wish = plain(lesson.hint)
    said = [it for it in store.memory.list() if it.kind == "instruction" and it.source_turn_id is not None]
    return [it for it in said if plain(it.text) == wish]
