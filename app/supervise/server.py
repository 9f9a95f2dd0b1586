"""Runs the policy server as a child and keeps it running; knows nothing of conversations."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import Any, Literal

import psutil
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.supervise.backoff import BackOff
from app.supervise.command import end, last_line, log_to, mentee_process, parse_object
from assistant.errors import PolicyUnavailable
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient

log = logging.getLogger(__name__)

ServerState = Literal["stopped", "starting", "ready", "restarting", "failed"]
_GRACE_MS = 3000
_WATCH_MS = 2000


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server; `reason` is its own one-line complaint."""

    state: ServerState
    reason: str = ""
    model: str = ""


class ServerProcess(QObject):
    """Starts `mentee serve`, restarts it with growing pauses when it dies.

    A server that someone else already runs on the same data directory is used as it is; when it goes away, an
    own one takes its place.

    Signals:
        changed: a `ServerStatus`.
    """

    changed = Signal(object)

    def __init__(self, data: DataDir) -> None:
        super().__init__()
        self._data = data
        self._log = data.logs / "server.log"
        self._process: QProcess | None = None
        self._client: PolicyClient | None = None
        self._back_off = BackOff()
        self._started_at = 0.0
        self._wanted = False
        self._foreign_pid = 0
        self.status = ServerStatus("stopped")
        self._again = _timer(self, "server restart", self._launch)
        self._again.setSingleShot(True)
        self._watch = _timer(self, "server watch", self._on_watch)

    def start(self) -> None:
        """Starts it, if it does not run."""
        self._wanted = True
        if self._process is None and not self._foreign_pid:
            self._set(ServerStatus("starting"))
            self._launch()

    def retry(self) -> None:
        """Tries again at once after giving up."""
        self._back_off.reset()
        self._again.stop()
        self.start()

    def restart(self) -> None:
        """Ends it and starts it anew, for example with other settings."""
        self.stop()
        self.retry()

    def stop(self) -> None:
        """Ends the child and waits for it; a server of someone else is left alone."""
        self._wanted = False
        self._again.stop()
        self._watch.stop()
        self._foreign_pid = 0
        self._drop_client()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_error)
            end(process, _GRACE_MS)
            process.deleteLater()
        self._set(ServerStatus("stopped"))

    def client(self) -> PolicyClient:
        """The client of the running server; may be called from any thread.

        Raises:
            PolicyUnavailable: it is not ready.
        """
        client = self._client
        if client is None:
            raise PolicyUnavailable("The model is not ready yet.")
        return client

    def pid(self) -> int:
        """Process id of the server, 0 when none runs."""
        return self._foreign_pid or (int(self._process.processId()) if self._process is not None else 0)

    def _launch(self) -> None:
        arguments = ["serve", "--die-with-parent", "--data-dir", str(self._data.root)]
        process = mentee_process(self, arguments)
        log_to(process, self._log)
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        self._started_at = time.monotonic()
        process.start()

    def _on_output(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            line = bytes(process.readLine().data()).decode("utf-8", errors="replace")
            hello = parse_object(line)
            if hello is not None and "url" in hello:
                self._connect(hello)

    def _connect(self, hello: dict[str, Any]) -> None:
        self._drop_client()
        self._client = PolicyClient(str(hello["url"]), str(hello["token"]))
        self._set(ServerStatus("ready", model=str(hello.get("model", ""))))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # Other errors are followed by `finished`; this one is not.
        if error == QProcess.ProcessError.FailedToStart:
            self._on_finished()

    def _on_finished(self, *_how: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        was_ready = self._client is not None
        self._drop_client()
        if self._wanted and not self._adopt_foreign():
            self._plan_restart(was_ready)

    def _plan_restart(self, was_ready: bool) -> None:
        reason = "" if was_ready else last_line(self._log)
        if was_ready:
            self._back_off.reset()
        wait_s = self._back_off.died(time.monotonic() - self._started_at)
        log.warning("the policy server ended; next start in %.1f s", wait_s)
        if self._back_off.exhausted:
            self._set(ServerStatus("failed", reason))
            return
        self._set(ServerStatus("restarting", reason))
        self._again.start(round(wait_s * 1000))

    def _adopt_foreign(self) -> bool:
        """Uses the server that holds this data directory, if one does."""
        try:
            hello = json.loads(self._data.server_file.read_text(encoding="utf-8"))
            pid = int(hello["pid"])
            # A process that is younger than the file only got the number of the one that wrote it.
            older = psutil.Process(pid).create_time() <= self._data.server_file.stat().st_mtime
        except (OSError, ValueError, KeyError, TypeError, psutil.Error):
            return False
        if not older:
            return False
        self._foreign_pid = pid
        self._connect(hello)
        self._watch.start(_WATCH_MS)
        return True

    def _on_watch(self) -> None:
        if not psutil.pid_exists(self._foreign_pid):
            self._watch.stop()
            self._foreign_pid = 0
            self._drop_client()
            self._back_off.reset()
            self._set(ServerStatus("restarting"))
            self._launch()

    def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _set(self, status: ServerStatus) -> None:
        self.status = status
        self.changed.emit(status)


def _timer(parent: QObject, name: str, call: Any) -> QTimer:
    timer = QTimer(parent)
    timer.setObjectName(name)
    timer.timeout.connect(call)
    return timer
