"""The real window over a real store, with queued replies; no thread and no timer may outlive a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, settle
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app import theme
from app.main_window import MainWindow
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import starter_model
from assistant.store import Store
from assistant.store.records import NewTurn, NewVersion

EXAM: dict[str, Any] = {
    "questions": 32,
    "teacher": {"gain": 0.8, "topical": 0.75, "tokens": 30.0},
    "current": {"gain": 0.0, "topical": 0.9, "tokens": 90.0},
    "candidate": {"gain": 0.6, "topical": 0.85, "tokens": 31.0},
    "examples": [{"prompt": "How?", "before": "A long reply.", "after": "Short."}],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says so whenever a window has a fixed size; it means nothing."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True))


@pytest.fixture(scope="session", autouse=True)
def themed(qapp: QApplication) -> None:
    """Setting a style sheet on a living application is slow: once."""
    theme.apply_theme(qapp, "light")


@pytest.fixture(autouse=True)
def nothing_dangling(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a thread running, a timer ticking or a window open."""
    before = set(threading.enumerate())
    yield
    # A pacer may still rest after its last render.
    loop = QEventLoop()
    QTimer.singleShot(60, loop.quit)
    loop.exec()
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert not left, f"threads left running: {left}"
    visible = [widget for widget in qapp.topLevelWidgets() if isValid(widget) and widget.isVisible()]
    assert not visible, f"windows left open: {visible}"
    ticking = [
        timer.objectName()
        for widget in qapp.topLevelWidgets()
        for timer in widget.findChildren(QTimer)
        if timer.isActive()
    ]
    assert not ticking, f"timers left ticking: {ticking}"


@pytest.fixture
def backend(data: DataDir, empty_database: bytes) -> FakeBackend:
    """A backend whose model is ready."""
    data.database.write_bytes(empty_database)
    return FakeBackend(data)


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[OpenWindow]:
    """`open_window(backend)`: a window that is shown, started, and closed after the test."""
    opened: list[MainWindow] = []

    def make(backend: FakeBackend) -> MainWindow:
        window = MainWindow(backend)
        window.resize(1000, 700)
        opened.append(window)
        window.show()
        window.start()
        settle(qtbot, window)
        return window

    yield make
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(open_window: OpenWindow, backend: FakeBackend) -> MainWindow:
    """A window on an empty store."""
    return open_window(backend)


@pytest.fixture
def looking(backend: FakeBackend) -> Iterator[Store]:
    """A store of the test's own thread, to look at what the window wrote."""
    with Store.open(backend.data) as store:
        yield store


@pytest.fixture(scope="session")
def model_hash(tmp_path_factory: pytest.TempPathFactory) -> str:
    return inspect(starter_model(), DataDir.resolve(tmp_path_factory.mktemp("hash"))).sha256


@pytest.fixture
def lesson_id(looking: Store) -> str:
    """A lesson from a correction of one reply."""
    conversation = looking.conversations.create("Eggs")
    asked = looking.messages.add(conversation.id, None, "user", "How do I boil an egg?")
    reply = looking.messages.add(conversation.id, asked.id, "assistant", "It takes long.")
    looking.conversations.set_leaf(conversation.id, reply.id)
    turn = looking.turns.add(
        NewTurn(reply.id, conversation.id, "main", [1], [2], [-0.1], {}, "hash", "template", 0, "stop")
    )
    return looking.lessons.add(
        turn.id, polarity=-1, hint="Reply in one short sentence only.", rewrite=None, scope="durable", weight=1.0
    ).id


@pytest.fixture
def version(looking: Store, backend: FakeBackend, model_hash: str, lesson_id: str) -> int:
    """Version 1, in use."""
    backend.policy.model_hash = model_hash
    run = looking.runs.start(0, "user")
    made = looking.versions.add(NewVersion(model_hash, 0, run.id, "0" * 64, EXAM, 16, 32.0, [lesson_id]))
    looking.lessons.mark_learned([lesson_id], made.id)
    looking.versions.use(model_hash, made.id)
    looking.runs.finish(run.id, "adopted", "Passed.", version_id=made.id, exam=EXAM, lessons=1)
    return made.id
