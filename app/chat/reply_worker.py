"""The thread on which replies are made: streams from the chat service, posts batches to the GUI thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from assistant.conversation.chat import ReplyDelta, ReplyEvent, ReplyFinished, ReplyStarted
from assistant.errors import EnvironmentProblem
from assistant.store import Store

log = logging.getLogger(__name__)

_BATCH_MS = 40
_CLOSE_S = 8.0


class Chat(Protocol):
    """The part of `ChatService` that the window uses."""

    def reply(self, conversation_id: str, text: str) -> Iterator[ReplyEvent]:
        """Answers a new message."""

    def regenerate(self, message_id: str) -> Iterator[ReplyEvent]:
        """Another reply beside this one."""

    def edit(self, message_id: str, text: str) -> Iterator[ReplyEvent]:
        """Another wording of a message, and its reply."""

    def cancel(self) -> None:
        """Ends the reply that is being made; from any thread."""


@dataclass(frozen=True, slots=True)
class Text:
    """A batch of streamed text."""

    message_id: str
    text: str


class ReplyWorker(QObject):
    """Lives on the GUI thread; its own thread works through the requests one by one.

    Signals:
        started: a `ReplyStarted`.
        text: a `Text`, at most 25 times a second.
        finished: a `ReplyFinished`.
        failed: the error; the store holds whatever had arrived.
        idle: no request is left.
    """

    started = Signal(object)
    text = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    idle = Signal()
    _arrived = Signal()
    _ended = Signal(object)

    def __init__(self, open_store: Callable[[], Store], make_chat: Callable[[Store], Chat]) -> None:
        super().__init__()
        self._open_store = open_store
        self._make_chat = make_chat
        self._jobs: queue.Queue[Callable[[Chat], Iterator[ReplyEvent]] | None] = queue.Queue()
        self._chat: Chat | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._pending: list[Text] = []
        self._batch = QTimer(self)
        self._batch.setObjectName("reply batch")
        self._batch.setSingleShot(True)
        self._batch.setInterval(_BATCH_MS)
        self._batch.timeout.connect(self._deliver)
        self._arrived.connect(self._on_arrived)
        self._ended.connect(self._on_ended)
        self._thread = threading.Thread(target=self._run, name="replies", daemon=True)
        self._thread.start()

    def reply(self, conversation_id: str, text: str) -> None:
        """Requests an answer to a new message."""
        self._put(lambda chat: chat.reply(conversation_id, text))

    def regenerate(self, message_id: str) -> None:
        """Requests another reply."""
        self._put(lambda chat: chat.regenerate(message_id))

    def edit(self, message_id: str, text: str) -> None:
        """Requests an answer to another wording."""
        self._put(lambda chat: chat.edit(message_id, text))

    def cancel(self) -> None:
        """Ends the present reply; what has arrived is kept."""
        self._cancelled.set()
        chat = self._chat
        if chat is not None:
            chat.cancel()

    def close(self) -> None:
        """Ends the present reply, keeps what has arrived, ends the thread."""
        self._batch.stop()
        self._jobs.put(None)
        self.cancel()
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            log.error("the reply thread did not end")

    def _put(self, job: Callable[[Chat], Iterator[ReplyEvent]]) -> None:
        self._cancelled.clear()
        self._jobs.put(job)

    def _run(self) -> None:
        store: Store | None = None
        while (job := self._jobs.get()) is not None:
            try:
                if store is None:
                    store = self._open_store()
                self._chat = self._make_chat(store)
                self._stream(job(self._chat))
            except Exception as problem:
                # The thread must outlive any one reply; the window tells the user.
                if not isinstance(problem, EnvironmentProblem):
                    log.exception("a reply failed")
                self.failed.emit(problem)
            finally:
                self._chat = None
            self.idle.emit()
        if store is not None:
            store.close()

    def _stream(self, events: Iterator[ReplyEvent]) -> None:
        message_id = ""
        for event in events:
            if isinstance(event, ReplyDelta):
                self._post(Text(message_id, event.text))
            elif isinstance(event, ReplyStarted):
                message_id = event.assistant_message.id
                self.started.emit(event)
                self._cancel_if_asked()
            elif isinstance(event, ReplyFinished):
                self._ended.emit(event)

    def _post(self, piece: Text) -> None:
        """Puts text where the GUI thread collects it; a signal only if it has nothing to collect yet."""
        with self._lock:
            first = not self._pending
            self._pending.append(piece)
        if first:
            self._arrived.emit()

    def _on_arrived(self) -> None:
        if not self._batch.isActive() and self._thread.is_alive():
            self._batch.start()

    def _deliver(self) -> None:
        with self._lock:
            pieces, self._pending = self._pending, []
        if pieces:
            self.text.emit(Text(pieces[0].message_id, "".join(piece.text for piece in pieces)))

    def _on_ended(self, event: ReplyFinished) -> None:
        self._batch.stop()
        self._deliver()
        self.finished.emit(event)

    def _cancel_if_asked(self) -> None:
        # Stop may have been pressed before the service could be told.
        if self._cancelled.is_set() and self._chat is not None:
            self._chat.cancel()
