"""Ties the ledger page and the memory page to the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app import words
from app.ledger.page import LedgerPage
from app.ledger.reading import ledger_view
from app.memory import changes
from app.memory.page import MemoryPage
from app.tasks import Tasks
from assistant.ledger.changes import Change, exclude, forget, include
from assistant.store import Store
from assistant.store.records import MemoryItem


class NotebookController(QObject):
    """Signals:
    said: a sentence for the user, and what takes the thing back (or None).
    conversation_wanted: show where a lesson came from.
    lessons_changed: a lesson was excluded, forgotten or brought back; the version that answers now by model hash, where
        versions had learned it.
    """

    said = Signal(str, object)
    conversation_wanted = Signal(str)
    lessons_changed = Signal(object)

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
        change = {"excluded": exclude, "forgotten": forget}.get(state, include)

        def work(store: Store) -> tuple[Change, str]:
            before = store.lessons.get(lesson_id).state
            return change(store, lesson_id), before

        def done(result: tuple[Change, str]) -> None:
            change, before = result
            self.refresh()
            self.lessons_changed.emit(change.in_use)
            self.said.emit(self._consequence(change), lambda: self._set_lesson(lesson_id, before))

        self._tasks.submit(work, done)

    def _consequence(self, change: Change) -> str:
        lesson = change.lesson
        if lesson.state not in ("excluded", "forgotten"):
            return " ".join([self.tr("Counts again."), *self._now(change)])
        said = (
            self.tr("Excluded: it will not be learned again.") if lesson.state == "excluded" else self.tr("Forgotten.")
        )
        if not lesson.versions:
            return said
        names = ", ".join(words.version_name(version) for version in lesson.versions)
        if lesson.state == "excluded":
            hint = self.tr("{names} had learned it; forget it to be rid of it.")
            return f"{said} {hint.format(names=names)}"
        return " ".join([said, self.tr("{names} may not answer any more.").format(names=names), *self._now(change)])

    def _now(self, change: Change) -> list[str]:
        if not change.moved:
            return []
        name = words.version_name(max(change.in_use.values()))
        if not change.again:
            return [self.tr("{v} answers from now on.").format(v=name)]
        return [self.tr("{v} answers until I have learned the rest again.").format(v=name)]

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
