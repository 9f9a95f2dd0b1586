"""What stands in for the two child processes in tests of the window. The store is the real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

from helpers.fake_policy import FakePolicy, FakeStream
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.backend import LateClient
from app.chat.reply_worker import Chat
from app.main_window import MainWindow
from app.supervise.learner import LearnerResult, LearnerStatus
from app.supervise.server import ServerStatus
from assistant import settings as settings_file
from assistant.conversation.chat import ChatService
from assistant.errors import PolicyUnavailable
from assistant.paths import DataDir
from assistant.policy.client import Finished, PolicyClient, TextDelta
from assistant.settings import Settings
from assistant.store import Store

OpenWindow = Callable[..., MainWindow]


class Gate(str):
    """A piece of a reply that streams only when the test opens it; as text it is empty."""

    def __new__(cls) -> Gate:
        return super().__new__(cls, "")

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()


class GatedStream(FakeStream):
    """A stream that stops at gates until they open or the reply is cancelled."""

    def __init__(self, pieces: list[Any], *, prompt: list[int], sampling: dict[str, Any]) -> None:
        super().__init__(pieces, prompt=prompt, sampling=sampling)
        self._gates = [piece for piece in pieces if isinstance(piece, Gate)]
        self._pieces = self._walk(pieces)

    def cancel(self) -> None:
        super().cancel()
        for gate in self._gates:
            gate.opened.set()

    def __iter__(self) -> Iterator[TextDelta | Finished]:
        for piece in super().__iter__():
            if not isinstance(piece, TextDelta) or piece.text:
                yield piece

    @staticmethod
    def _walk(pieces: list[Any]) -> Iterator[Any]:
        for piece in pieces:
            if isinstance(piece, Gate):
                piece.reached.set()
                assert piece.opened.wait(20), "the test never opened the gate"
            yield piece


class WindowPolicy(FakePolicy):
    """Queued replies with gates; knows versions."""

    notices: tuple[str, ...] = ()
    model_hash = "model-a"

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "model_hash": self.model_hash, "notices": list(self.notices)}

    def stream_chat(self, messages: Any, **sampling: Any) -> FakeStream:
        reply = self._next(messages, sampling)
        return GatedStream(reply, prompt=self.tokenize(messages), sampling=sampling)


class FakeServer(QObject):
    """A server that is ready when the test says so."""

    changed = Signal(object)

    def __init__(self, policy: FakePolicy, *, ready: bool = True) -> None:
        super().__init__()
        self.policy = policy
        self.calls: list[str] = []
        self.status = ServerStatus("ready" if ready else "starting", model="test model")

    def tell(self, status: ServerStatus) -> None:
        self.status = status
        self.changed.emit(status)

    def start(self) -> None:
        self.calls.append("start")
        self.changed.emit(self.status)

    def retry(self) -> None:
        self.calls.append("retry")

    def restart(self) -> None:
        self.calls.append("restart")

    def stop(self) -> None:
        self.calls.append("stop")

    def client(self) -> Any:
        if self.status.state != "ready":
            raise PolicyUnavailable("The model is not ready yet.")
        return self.policy


class FakeLearner(QObject):
    """A learner that reports what the test tells it."""

    changed = Signal(object)
    finished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.status = LearnerStatus()

    def tell(self, status: LearnerStatus) -> None:
        self.status = status
        self.changed.emit(status)

    def end(self, result: LearnerResult) -> None:
        self.tell(LearnerStatus())
        self.finished.emit(result)

    def start(self, *, force: bool = False) -> None:
        self.calls.append("start")
        self.tell(LearnerStatus("running"))

    def pause(self) -> None:
        self.calls.append("pause")

    def resume(self) -> None:
        self.calls.append("resume")

    def stop(self) -> None:
        self.calls.append("stop")

    def nudge(self) -> None:
        self.calls.append("nudge")

    def hold(self, busy: bool) -> None:
        self.calls.append("hold" if busy else "let go")

    def shut_down(self) -> None:
        self.calls.append("shut_down")

    def is_running(self) -> bool:
        return self.status.state != "idle"


class FakeBackend:
    """Everything real but the two processes."""

    def __init__(self, data: DataDir, *, ready: bool = True) -> None:
        self.data = data
        self.policy = WindowPolicy()
        self.server = FakeServer(self.policy, ready=ready)
        self.learner = FakeLearner()

    def open_store(self) -> Store:
        return Store.open(self.data)

    def chat(self, store: Store) -> Chat:
        return ChatService(store, cast(PolicyClient, LateClient(self.server)), self.load_settings())

    def load_settings(self) -> Settings:
        return settings_file.load(self.data)[0]

    def save_settings(self, settings: Settings) -> None:
        settings_file.save(self.data, settings)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Waits until the worker threads have nothing left and their results have arrived."""
    done: list[bool] = []
    window.tasks.submit(lambda _store: None, lambda _nothing: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    window.policy.submit(lambda _handle: None, lambda _nothing: done.append(True))
    qtbot.waitUntil(lambda: len(done) == 2)
    window.tasks.submit(lambda _store: None, lambda _nothing: done.append(True))
    qtbot.waitUntil(lambda: len(done) == 3)


def go_to(qtbot: QtBot, window: MainWindow, nav: str) -> QWidget:
    window.findChild(QPushButton, nav).click()
    settle(qtbot, window)
    return window.pages.currentWidget()


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())
