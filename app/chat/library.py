"""Ties the conversation list to the store: list, search, rename, trash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.chat import reading
from app.chat.conversation_list import ConversationList
from app.chat.items import ConversationItem
from app.tasks import Tasks
from assistant.store import Store


class Library(QObject):
    """Signals:
    open_wanted: id of the conversation to show; empty for a new one.
    trashed: id of a conversation that went to the trash.
    renamed: id of a conversation with another title.
    said: a sentence for the user, and what takes the thing back (or None).
    """

    open_wanted = Signal(str)
    trashed = Signal(str)
    renamed = Signal(str)
    said = Signal(str, object)

    def __init__(self, view: ConversationList, tasks: Tasks[Store]) -> None:
        super().__init__()
        self._view = view
        self._tasks = tasks
        self._query = ""
        self._current: str | None = None
        view.opened.connect(self.open_wanted)
        view.renamed.connect(self._rename)
        view.trashed.connect(self._trash)

    def start(self) -> None:
        """Lists what there is and asks to open the newest."""

        def done(listed: list[ConversationItem]) -> None:
            self._on_listed(listed)
            self.open_wanted.emit(listed[0].id if listed else "")

        self._tasks.submit(_start, done)

    def refresh(self) -> None:
        """Reads the list again."""
        query = self._query
        self._tasks.submit(lambda store: reading.conversations(store, query), self._on_listed)

    def search(self, query: str) -> None:
        """Narrows the list to what is found."""
        self._query = query
        self.refresh()

    def mark(self, conversation_id: str | None) -> None:
        """Selects the conversation on show."""
        self._current = conversation_id
        self._view.mark(conversation_id)

    def _on_listed(self, listed: list[ConversationItem]) -> None:
        self._view.fill(listed, self._current)

    def _rename(self, conversation_id: str, title: str) -> None:
        def done(_nothing: None) -> None:
            self.refresh()
            self.renamed.emit(conversation_id)

        self._tasks.submit(lambda store: store.conversations.rename(conversation_id, title), done)

    def _trash(self, conversation_id: str) -> None:
        def done(_nothing: None) -> None:
            self.refresh()
            self.trashed.emit(conversation_id)
            self.said.emit(self.tr("Moved to the trash."), self._restorer(conversation_id))

        self._tasks.submit(lambda store: store.conversations.trash(conversation_id), done)

    def _restorer(self, conversation_id: str) -> Callable[[], None]:
        def done(_nothing: Any) -> None:
            self.refresh()
            self.open_wanted.emit(conversation_id)

        return lambda: self._tasks.submit(lambda store: store.conversations.restore(conversation_id), done)


def _start(store: Store) -> list[ConversationItem]:
    store.messages.mark_interrupted()
    return reading.conversations(store)
