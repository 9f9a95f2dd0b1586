"""The real window over a real store, with queued replies; no thread and no timer may outlive a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.window_backend import FakeBackend, OpenWindow, settle
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app import theme
from app.main_window import MainWindow
from assistant.paths import DataDir
from assistant.store import Store


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
