"""Ties the chat page, the conversation list, the reply thread and the store together; draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.chat import reading
from app.chat.chat_page import ChatPage
from app.chat.conversation_list import ConversationList
from app.chat.items import (
    Action,
    ConversationItem,
    EditMessage,
    GiveFeedback,
    Noted,
    OpenConversation,
    Regenerate,
    ShowVariant,
    UndoFeedback,
)
from app.chat.reply_worker import ReplyWorker, Text
from app.tasks import Tasks
from app.widgets.announce import announce
from assistant.conversation.chat import ReplyFinished, ReplyStarted
from assistant.conversation.feedback import Outcome, give_feedback, undo_feedback
from assistant.store import Store


class ChatController(QObject):
    """One per window; everything on the GUI thread.

    Signals:
        said: a sentence for the user, and what takes the thing back (or None).
        busy_changed: whether a reply is being made.
        taught: feedback was given or taken back.
        opened: id of the conversation on show, empty for a new one.
    """

    said = Signal(str, object)
    busy_changed = Signal(bool)
    taught = Signal()
    opened = Signal(str)

    def __init__(
        self, page: ChatPage, conversations: ConversationList, tasks: Tasks[Store], worker: ReplyWorker
    ) -> None:
        super().__init__()
        self._page = page
        self._list = conversations
        self._tasks = tasks
        self._worker = worker
        self._current: str | None = None
        self._query = ""
        self._drafts: dict[str, str] = {}
        self._instructions_off = False
        self._live: tuple[str, str] | None = None
        self._fresh_notes: dict[str, Noted] = {}
        self._busy = False
        self._connect()

    # -- conversations -----------------------------------------------------------------------

    def start(self) -> None:
        """Opens the newest conversation, or an empty one."""
        self._tasks.submit(_start, self._on_started_up)

    def new(self) -> None:
        """An empty conversation; it is stored with its first message."""
        self._keep_draft()
        self._current = None
        self._instructions_off = False
        self._page.show_conversation(OpenConversation("", "", False, (), ()))
        self._page.composer.set_draft(self._drafts.get("", ""))
        self._list.mark(None)
        self._page.composer.editor.setFocus()
        self.opened.emit("")

    def open(self, conversation_id: str) -> None:
        """Shows a conversation."""
        if conversation_id != self._current:
            self._keep_draft()
            self._current = conversation_id
            self._page.composer.set_draft(self._drafts.get(conversation_id, ""))
        self._list.mark(conversation_id)
        self.refresh()
        self.opened.emit(conversation_id)

    def refresh(self) -> None:
        """Reads the conversation on show again."""
        if (shown := self._current) is not None:
            self._tasks.submit(lambda store: reading.open_conversation(store, shown), self._on_read)

    def refresh_list(self) -> None:
        """Reads the list again."""
        query = self._query
        self._tasks.submit(lambda store: reading.conversations(store, query), self._on_listed)

    def search(self, query: str) -> None:
        """Narrows the list to what is found."""
        self._query = query
        self.refresh_list()

    def current(self) -> str | None:
        """The conversation on show; None for a new one."""
        return self._current

    def _rename(self, conversation_id: str, title: str) -> None:
        self._change(lambda store: store.conversations.rename(conversation_id, title))

    def _trash(self, conversation_id: str) -> None:
        if self._busy and self._live_conversation == conversation_id:
            self._worker.cancel()
        self._change(lambda store: store.conversations.trash(conversation_id))
        if conversation_id == self._current:
            self.new()
        self.said.emit(self.tr("Moved to the trash."), lambda: self._restore(conversation_id))

    def _restore(self, conversation_id: str) -> None:
        self._change(lambda store: store.conversations.restore(conversation_id))
        self.open(conversation_id)

    def _switch_instructions(self, use: bool) -> None:
        self._instructions_off = not use
        if (shown := self._current) is not None:
            self._change(lambda store: store.conversations.set_instructions_off(shown, not use))

    def _change(self, work: Callable[[Store], Any]) -> None:
        """A change of the list: read again what it did, also when it failed."""
        self._tasks.submit(work)
        self.refresh_list()
        self.refresh()

    # -- replies -----------------------------------------------------------------------------

    def send(self, text: str, edited: str = "") -> None:
        """Asks for a reply; makes the conversation first if this is its first message."""
        self._set_busy(True)
        self._page.transcript.to_end()
        if edited:
            self._worker.edit(edited, text)
        elif (shown := self._current) is not None:
            self._worker.reply(shown, text)
        else:
            off = self._instructions_off
            self._tasks.submit(
                lambda store: store.conversations.create(instructions_off=off).id,
                lambda made: self._send_first(made, text),
                lambda problem: self._on_not_made(problem, text),
            )

    def stop(self) -> None:
        """Ends the present reply; what has arrived is kept."""
        self._worker.cancel()

    def is_busy(self) -> bool:
        """Whether a reply is being made."""
        return self._busy

    def praise_last(self) -> None:
        """Thumbs up for the newest reply."""
        if (last := self._page.transcript.last_reply()) is not None:
            last.bar.up.click()

    def dislike_last(self) -> None:
        """Thumbs down for the newest reply."""
        if (last := self._page.transcript.last_reply()) is not None:
            last.bar.down.click()

    def _send_first(self, conversation_id: str, text: str) -> None:
        if self._current is None:
            self._drafts.pop("", None)
            self._current = conversation_id
            self.opened.emit(conversation_id)
        self._worker.reply(conversation_id, text)

    def _on_not_made(self, problem: Exception, text: str) -> None:
        self._set_busy(False)
        self._page.composer.set_draft(text)
        self._complain(problem)

    def _on_started(self, event: ReplyStarted) -> None:
        self._live = (event.assistant_message.id, "")
        self._live_conversation = event.assistant_message.conversation_id
        self.refresh()
        self.refresh_list()

    def _on_text(self, piece: Text) -> None:
        if self._live is not None and self._live[0] == piece.message_id:
            self._live = (piece.message_id, self._live[1] + piece.text)
            self._page.transcript.append_text(piece.message_id, piece.text)

    def _on_finished(self, event: ReplyFinished) -> None:
        self._live = None
        self.refresh()
        self.refresh_list()
        if event.note in ("policy_refused", "disk_full"):
            self.said.emit(event.detail or self.tr("The reply could not be finished."), None)
        if event.message.conversation_id == self._current:
            announce(
                self._page.transcript, self.tr("Mentee replied: {text}").format(text=event.message.content)
            )

    def _on_failed(self, problem: Exception) -> None:
        self._live = None
        self._complain(problem)
        self.refresh()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._page.set_busy(busy)
        self.busy_changed.emit(busy)

    # -- feedback ----------------------------------------------------------------------------

    def _on_acted(self, action: Action) -> None:
        if isinstance(action, GiveFeedback):
            self._give(action)
        elif isinstance(action, UndoFeedback):
            self._undo(action)
        elif isinstance(action, Regenerate):
            self._set_busy(True)
            self._worker.regenerate(action.message_id)
        elif isinstance(action, ShowVariant):
            self._tasks.submit(
                lambda store: reading.show_variant(store, action.message_id), lambda _shown: self.refresh()
            )
        elif isinstance(action, EditMessage):
            self._page.composer.edit(action.message_id, action.text)

    def _give(self, action: GiveFeedback) -> None:
        def work(store: Store) -> Outcome:
            kind = action.kind or "dislike"
            return give_feedback(store, action.turn_id, kind, action.text, rewrite=action.rewrite)

        def done(outcome: Outcome) -> None:
            self._fresh_notes[action.message_id] = reading.noted_from(outcome)
            self.refresh()
            self.taught.emit()

        self._tasks.submit(work, done)

    def _undo(self, action: UndoFeedback) -> None:
        def done(_nothing: None) -> None:
            self._fresh_notes.pop(action.message_id, None)
            self.refresh()
            self.taught.emit()

        self._tasks.submit(lambda store: undo_feedback(store, action.feedback_id), done)

    # -- reading -----------------------------------------------------------------------------

    def _on_started_up(self, listed: list[ConversationItem]) -> None:
        self._on_listed(listed)
        if listed:
            self.open(listed[0].id)
        else:
            self.new()

    def _on_listed(self, listed: list[ConversationItem]) -> None:
        self._list.fill(listed, self._current)

    def _on_read(self, opened: OpenConversation) -> None:
        if opened.id != self._current:
            return
        messages = tuple(self._patched(message) for message in opened.messages)
        self._page.show_conversation(replace(opened, messages=messages))
        self._page.transcript.set_busy(self._busy)

    def _patched(self, message: Any) -> Any:
        """What is newer here than in the store: streamed text, and the exact note on fresh feedback."""
        if self._live is not None and message.id == self._live[0]:
            return replace(message, text=self._live[1], state="streaming")
        note = self._fresh_notes.get(message.id)
        if note is not None and note.feedback_id == message.feedback_id:
            return replace(message, noted=note)
        return message

    def _keep_draft(self) -> None:
        self._drafts[self._current or ""] = self._page.composer.draft()

    def _complain(self, problem: Exception) -> None:
        self.said.emit(str(problem), None)

    def _connect(self) -> None:
        self._live_conversation = ""
        self._list.opened.connect(self.open)
        self._list.renamed.connect(self._rename)
        self._list.trashed.connect(self._trash)
        self._page.composer.sent.connect(self.send)
        self._page.composer.stop_wanted.connect(self.stop)
        self._page.instructions_switched.connect(self._switch_instructions)
        self._page.transcript.acted.connect(self._on_acted)
        self._worker.started.connect(self._on_started)
        self._worker.text.connect(self._on_text)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.idle.connect(lambda: self._set_busy(False))


def _start(store: Store) -> list[ConversationItem]:
    store.messages.mark_interrupted()
    return reading.conversations(store)
