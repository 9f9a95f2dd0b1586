"""Ties the ledger page and the memory page to the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import QObject, Signal

from app import words
from app.ledger.page import LedgerPage
from app.ledger.reading import ledger_view
from app.memory import changes
from app.memory.page import MemoryPage
from app.tasks import Tasks
from assistant.store import Store
from assistant.store.records import Lesson, LessonState, MemoryItem


class NotebookController(QObject):
    """Signals:
    said: a sentence for the user, and what takes the thing back (or None).
    conversation_wanted: show where a lesson came from.
    """

    said = Signal(str, object)
    conversation_wanted = Signal(str)

    def __init__(self, ledger: LedgerPage, memory: MemoryPage, tasks: Tasks[Store]) -> None:
        super().__init__()
        self._ledger = ledger
        self._memory = memory
        self._tasks = tasks
        ledger.state_wanted.connect(self._set_lesson)
        ledger.conversation_wanted.connect(self.conversation_wanted)
        memory.added.connect(lambda said: self._change(lambda store: changes.add_said(store, said)))
        memory.edited.connect(lambda key, text: self._change(lambda store: store.memory.edit(key, text)))
        memory.switched.connect(self._switch)
        memory.removed.connect(self._remove)

    def refresh(self) -> None:
        """Reads both again."""
        self._tasks.submit(ledger_view, self._ledger.show_lessons)
        self._tasks.submit(lambda store: store.memory.list(), self._memory.show_items)

    def _set_lesson(self, lesson_id: str, state: str) -> None:
        def work(store: Store) -> tuple[Lesson, LessonState]:
            before = store.lessons.get(lesson_id)
            store.lessons.set_state(lesson_id, cast(LessonState, state))
            return store.lessons.get(lesson_id), before.state

        def done(result: tuple[Lesson, LessonState]) -> None:
            lesson, before = result
            self.refresh()
            self.said.emit(self._consequence(lesson), lambda: self._set_lesson(lesson_id, before))

        self._tasks.submit(work, done)

    def _consequence(self, lesson: Lesson) -> str:
        if lesson.state not in ("excluded", "forgotten"):
            return self.tr("Counts again.")
        said = (
            self.tr("Excluded: it will not be learned again.") if lesson.state == "excluded" else self.tr("Forgotten.")
        )
        if not lesson.versions:
            return said
        names = ", ".join(words.version_name(version) for version in lesson.versions)
        hint = self.tr("{names} had learned it; go back to an earlier version to be rid of it.")
        return f"{said} {hint.format(names=names)}"

    def _switch(self, item_id: str, keep: bool) -> None:
        self._change(lambda store: store.memory.set_state(item_id, "active" if keep else "off"))

    def _remove(self, item_id: str) -> None:
        def done(item: MemoryItem) -> None:
            self.refresh()
            undo = lambda: self._change(lambda store: changes.put_back(store, item))  # noqa: E731
            self.said.emit(self.tr("Removed from memory."), undo)

        self._tasks.submit(lambda store: changes.remove(store, item_id), done)

    def _change(self, work: Callable[[Store], Any]) -> None:
        self._tasks.submit(work)
        self.refresh()
