"""Ties thumbs, corrections and their undo to the store."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.chat.items import GiveFeedback, MessageItem, Noted, UndoFeedback
from app.chat.reading import noted_from
from app.tasks import Tasks
from assistant.conversation.feedback import Outcome, give_feedback, undo_feedback
from assistant.store import Store


class Teaching(QObject):
    """Signals:
    taught: feedback was given or taken back.
    taken_back: that was the last straw for the version in use, a `TakenBack`.
    """

    taught = Signal()
    taken_back = Signal(object)

    def __init__(self, tasks: Tasks[Store]) -> None:
        super().__init__()
        self._tasks = tasks
        self._fresh: dict[str, Noted] = {}

    def give(self, action: GiveFeedback) -> None:
        """Stores feedback and what follows from it."""

        def work(store: Store) -> Outcome:
            kind = action.kind or "dislike"
            return give_feedback(store, action.turn_id, kind, action.text, rewrite=action.rewrite)

        def done(outcome: Outcome) -> None:
            self._fresh[action.message_id] = noted_from(outcome)
            self.taught.emit()
            if outcome.taken_back:
                self.taken_back.emit(outcome.taken_back)

        self._tasks.submit(work, done)

    def undo(self, action: UndoFeedback) -> None:
        """Takes feedback back."""
        work = lambda store: undo_feedback(store, action.feedback_id)  # noqa: E731
        self._tasks.submit(work, lambda _nothing: self.taught.emit())

    def note_for(self, message: MessageItem) -> Noted | None:
        """The exact note on feedback given in this session; else what can be read from the store."""
        fresh = self._fresh.get(message.id)
        return fresh if fresh is not None and fresh.feedback_id == message.feedback_id else message.noted
