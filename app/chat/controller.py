"""Ties the chat page, the reply thread and the store together: what is on show, what is being said."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.chat import reading
from app.chat.chat_page import ChatPage
from app.chat.items import (
    Action,
    Copied,
    EditMessage,
    GiveFeedback,
    MessageItem,
    OpenConversation,
    Regenerate,
    ShowVariant,
    UndoFeedback,
)
from app.chat.library import Library
from app.chat.reply_worker import ReplyWorker, Text
from app.chat.teaching import Teaching
from app.tasks import Tasks
from app.widgets.announce import announce
from assistant.conversation.chat import ReplyFinished, ReplyStarted
from assistant.store import Store


class ChatController(QObject):
    """One per window; everything on the GUI thread.

    Signals:
        said: a sentence for the user, and what takes the thing back (or None).
        busy_changed: whether a reply is being made.
        opened: id of the conversation on show, empty for a new one.
    """

    said = Signal(str, object)
    busy_changed = Signal(bool)
    opened = Signal(str)

    def __init__(
        self, page: ChatPage, library: Library, teaching: Teaching, tasks: Tasks[Store], worker: ReplyWorker
    ) -> None:
        super().__init__()
        self._page = page
        self._library = library
        self._teaching = teaching
        self._tasks = tasks
        self._worker = worker
        self._current: str | None = None
        self._drafts: dict[str, str] = {}
        self._instructions_off = False
        self._live: MessageItem | None = None
        self._busy = False
        self._unsaved = ""
        self._connect()

    # -- what is on show ---------------------------------------------------------------------

    def new(self) -> None:
        """An empty conversation; it is stored with its first message."""
        self._leave()
        self._current = None
        self._instructions_off = False
        self._page.show_conversation(OpenConversation("", "", False, (), ()))
        self._arrive("")

    def open(self, conversation_id: str) -> None:
        """Shows a conversation; an empty id is a new one."""
        if not conversation_id:
            self.new()
            return
        if conversation_id != self._current:
            self._leave()
            self._current = conversation_id
            self._arrive(conversation_id)
        else:
            self.opened.emit(conversation_id)
        self.refresh()

    def refresh(self) -> None:
        """Reads the conversation on show again."""
        if (shown := self._current) is not None:
            self._tasks.submit(lambda store: reading.open_conversation(store, shown), self._on_read)

    def current(self) -> str | None:
        """The conversation on show; None for a new one."""
        return self._current

    def _leave(self) -> None:
        self._drafts[self._current or ""] = self._page.composer.draft()

    def _arrive(self, conversation_id: str) -> None:
        self._page.composer.set_draft(self._drafts.get(conversation_id, ""))
        self._library.mark(conversation_id or None)
        self._page.composer.editor.setFocus()
        self.opened.emit(conversation_id)

    def _on_read(self, opened: OpenConversation) -> None:
        if opened.id != self._current:
            return
        messages = tuple(self._patched(message) for message in opened.messages)
        self._page.show_conversation(replace(opened, messages=messages))

    def _patched(self, message: MessageItem) -> MessageItem:
        """What is newer here than in the store: streamed text, and the exact note on fresh feedback."""
        if self._live is not None and message.id == self._live.id:
            return replace(message, text=self._live.text, state="streaming")
        return replace(message, noted=self._teaching.note_for(message))

    def _on_trashed(self, conversation_id: str) -> None:
        if self._live is not None and self._live.conversation_id == conversation_id:
            self._worker.cancel()
        if conversation_id == self._current:
            self.new()

    def _switch_instructions(self, use: bool) -> None:
        self._instructions_off = not use
        if (shown := self._current) is not None:
            change = lambda store: store.conversations.set_instructions_off(shown, not use)  # noqa: E731
            self._tasks.submit(change, lambda _nothing: self.refresh())

    # -- replies -----------------------------------------------------------------------------

    def send(self, text: str, edited: str = "") -> None:
        """Asks for a reply; makes the conversation first if this is its first message."""
        self._set_busy(True)
        self._unsaved = text
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
                self._on_not_made,
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
        # The user may have gone elsewhere in the meantime; the reply is made all the same.
        if self._current is None:
            self._current = conversation_id
            self._library.mark(conversation_id)
            self.opened.emit(conversation_id)
        self._worker.reply(conversation_id, text)

    def _on_not_made(self, problem: Exception) -> None:
        self._set_busy(False)
        self._on_failed(problem)

    def _on_started(self, event: ReplyStarted) -> None:
        message = event.assistant_message
        self._unsaved = ""
        self._live = MessageItem(message.id, message.conversation_id, "assistant", "")
        self.refresh()
        self._library.refresh()

    def _on_text(self, piece: Text) -> None:
        if self._live is not None and self._live.id == piece.message_id:
            self._live = replace(self._live, text=self._live.text + piece.text)
            self._page.transcript.append_text(piece.message_id, piece.text)

    def _on_finished(self, event: ReplyFinished) -> None:
        self._live = None
        self.refresh()
        self._library.refresh()
        if event.note in ("policy_refused", "disk_full"):
            self.said.emit(event.detail or self.tr("The reply could not be finished."), None)
        if event.message.conversation_id == self._current:
            said = self.tr("Mentee replied: {text}").format(text=event.message.content)
            announce(self._page.transcript, said)

    def _on_failed(self, problem: Exception) -> None:
        self._live = None
        unsaved, self._unsaved = self._unsaved, ""
        if unsaved:
            # It is not in the store: back to where it was typed, before what was typed since.
            since = self._page.composer.draft()
            self._page.composer.set_draft(f"{unsaved}\n{since}" if since else unsaved)
        self.said.emit(str(problem), None)
        self.refresh()

    def _on_idle(self) -> None:
        self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._page.set_busy(busy)
        self.busy_changed.emit(busy)

    def _on_acted(self, action: Action) -> None:
        if isinstance(action, GiveFeedback):
            self._teaching.give(action)
        elif isinstance(action, UndoFeedback):
            self._teaching.undo(action)
        elif isinstance(action, Regenerate):
            self._set_busy(True)
            self._worker.regenerate(action.message_id)
        elif isinstance(action, ShowVariant):
            show = lambda store: reading.show_variant(store, action.message_id)  # noqa: E731
            self._tasks.submit(show, lambda _shown: self.refresh())
        elif isinstance(action, Copied):
            self._on_copied(action.message_id)
        elif isinstance(action, EditMessage):
            self._page.composer.edit(action.message_id, action.text)

    def _on_copied(self, message_id: str) -> None:
        note = lambda store: reading.note_copied(store, message_id)  # noqa: E731
        self._tasks.submit(note, lambda is_new: self.refresh() if is_new else None)

    def _connect(self) -> None:
        self._library.open_wanted.connect(self.open)
        self._library.trashed.connect(self._on_trashed)
        self._library.renamed.connect(lambda _id: self.refresh())
        self._library.said.connect(self.said)
        self._teaching.taught.connect(self.refresh)
        self._page.composer.sent.connect(self.send)
        self._page.composer.stop_wanted.connect(self.stop)
        self._page.instructions_switched.connect(self._switch_instructions)
        self._page.transcript.acted.connect(self._on_acted)
        self._worker.started.connect(self._on_started)
        self._worker.text.connect(self._on_text)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.idle.connect(self._on_idle)
