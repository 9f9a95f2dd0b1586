"""Stray errors, logs and signals: errors end up in the log file, a signal closes the window in order."""

from __future__ import annotations

import logging
import logging.handlers
import signal
import socket
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QWidget

from assistant.paths import DataDir

log = logging.getLogger("app")

_LOG_BYTES = 1_000_000


def log_to_file(data: DataDir) -> None:
    """Sends the program's own log, which never holds message text, to the log folder."""
    handler = logging.handlers.RotatingFileHandler(
        data.logs / "window.log", maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # Each request would be a line.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sys.excepthook = _on_stray
    threading.excepthook = _on_stray_in_thread


def _on_stray(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught error", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _on_stray_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        log.critical("uncaught error", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


class SignalCloser(QObject):
    """Closes a window at SIGINT or SIGTERM; needs no timer, so that an idle window stays idle."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writer.fileno())
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_signal)
        self._old = {kind: signal.signal(kind, _nothing) for kind in (signal.SIGINT, signal.SIGTERM)}

    def stop(self) -> None:
        """Puts everything back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for kind, handler in self._old.items():
            signal.signal(kind, handler)
        self._reader.close()
        self._writer.close()

    def _on_signal(self) -> None:
        self._reader.recv(64)
        self._window.close()


def _nothing(_number: int, _frame: object) -> None:
    """Python needs a handler for the wake-up to be written."""
