"""What a version grew from, and what of it is left when a lesson must go. Reads the store, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.store import Store
from assistant.store.records import Lesson, LessonState, Version
from assistant.store.versions import REPLACED


def line(store: Store, version_id: int) -> list[Version]:
    """A version and all that it grew from, itself first, the base model last."""
    found = [store.versions.get(version_id)]
    while (parent := found[-1].parent_id) is not None:
        found.append(store.versions.get(parent))
    return found


def sound_ancestor(store: Store, version_id: int) -> int:
    """The nearest version it grew from that may answer; the base model always may."""
    return next(version.id for version in line(store, version_id)[1:] if version.usable)


def lessons_in(versions: Iterable[Version]) -> set[str]:
    """Ids of the lessons in these versions."""
    return {lesson_id for version in versions for lesson_id in version.lesson_ids}


def to_learn_again(store: Store, model_hash: str) -> list[Lesson]:
    """What a forgotten lesson took with it: lessons of the replaced version that the one in use lacks, oldest first."""
    replaced = store.state.get(REPLACED + model_hash)
    if replaced is None:
        return []
    lost = lessons_in(line(store, int(replaced))) - lessons_in(line(store, store.versions.active(model_hash)))
    return [lesson for lesson in store.lessons.pending() if lesson.id in lost]


def state_again(store: Store, lesson: Lesson) -> LessonState:
    """The state of a lesson that counts again: learned where a version that may answer holds it."""
    held = any(store.versions.get(version).usable for version in lesson.versions)
    return "learned" if held else "pending"
