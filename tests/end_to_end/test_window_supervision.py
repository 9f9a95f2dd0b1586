"""The window with the real policy server as its child: killed, restarted, ended; and two windows on one directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.backend import LocalBackend
from app.main_window import MainWindow
from app.supervise.server import ServerProcess
from assistant.paths import DataDir
from assistant.store import Store

pytestmark = [pytest.mark.model, pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)]

_READY_MS = 60_000


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, data: DataDir) -> Iterator[MainWindow]:
    """A started window with the starter model."""
    theme.apply_theme(qapp, "light")
    made = MainWindow(LocalBackend(data))
    made.settings.set_value("chat", "max_tokens", 400)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: _server(made).status.state == "ready", timeout=_READY_MS)
    yield made
    made.close()
    made.deleteLater()


def test_a_killed_server_comes_back_and_the_conversation_is_intact(
    qtbot: QtBot, window: MainWindow, data: DataDir, expect_warning: object
) -> None:
    expect_warning("the policy server ended")  # type: ignore[operator]
    window.chat.send("Tell me a very long story about the sea.")
    qtbot.waitUntil(lambda: len(_last_text(window)) > 20, timeout=30_000)
    first = _server(window).pid()
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: not window.chat.is_busy(), timeout=30_000)
    with Store.open(data) as store:
        path = store.messages.path(store.conversations.list()[0].leaf_id or "")
    assert path[0].content == "Tell me a very long story about the sea."
    assert path[1].state == "interrupted"
    assert len(path[1].content) > 20
    qtbot.waitUntil(lambda: _server(window).status.state == "ready", timeout=_READY_MS)
    assert _server(window).pid() != first
    window.settings.set_value("chat", "max_tokens", 8)
    window.chat.send("Go on.")
    qtbot.waitUntil(lambda: not window.chat.is_busy(), timeout=30_000)
    qtbot.waitUntil(lambda: len(window.chat_page.transcript.items()) == 4)
    assert window.chat_page.transcript.items()[-1].turn_id is not None


def test_closing_the_window_ends_the_server(qtbot: QtBot, window: MainWindow, data: DataDir) -> None:
    pid = _server(window).pid()
    assert psutil.pid_exists(pid)
    window.close()
    assert not psutil.pid_exists(pid)
    assert not data.server_file.exists()


def test_a_server_that_runs_already_is_used(
    qtbot: QtBot, window: MainWindow, data: DataDir, expect_warning: object
) -> None:
    other = ServerProcess(data)
    other.start()
    qtbot.waitUntil(lambda: other.status.state == "ready", timeout=_READY_MS)
    assert other.pid() == _server(window).pid()
    assert other.client().health()["pid"] == other.pid()
    other.stop()
    assert psutil.pid_exists(_server(window).pid())


def test_the_second_window_raises_the_first_and_ends(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    command = [sys.executable, "-m", "mentee", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as first:
        try:
            _wait_for(folder / "server.json", first)
            second = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=60, check=False, capture_output=True)
            assert second.returncode == 0
            assert first.poll() is None
            server = psutil.Process(first.pid).children()[0]
            first.send_signal(signal.SIGTERM)
            assert first.wait(30) == 0
            assert not server.is_running()
        finally:
            first.kill()


def _wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    import time

    for _ in range(600):
        if path.exists():
            return
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.1)
    pytest.fail(f"{path.name} never came")


def _server(window: MainWindow) -> ServerProcess:
    server = window.backend.server
    assert isinstance(server, ServerProcess)
    return server


def _last_text(window: MainWindow) -> str:
    row = window.chat_page.transcript.last_reply()
    return "" if row is None else row.text()
