"""Runs the learner as a child: progress from its stderr, commands to its stdin, the result at the end.

The child yields while the user types or a reply is made, and ends when its stdin does: with the window.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.supervise.command import end, mentee_process, parse_object
from assistant.paths import DataDir

LearnerState = Literal["idle", "running", "paused", "stopping"]
_QUIET_MS = 8000
_GRACE_MS = 6000


@dataclass(frozen=True, slots=True)
class LearnerStatus:
    """What the learner is doing.

    Attributes:
        stage: a code of the learner, empty before the first report.
        done, total: progress within the stage; total 0 means not known.
        seconds_left: an estimate for the stage; None while there is none.
        yielding: it pauses by itself because the user is busy here.
    """

    state: LearnerState = "idle"
    stage: str = ""
    text: str = ""
    done: float = 0
    total: float = 0
    seconds_left: float | None = None
    yielding: bool = False


@dataclass(frozen=True, slots=True)
class LearnerResult:
    """How a run ended; the same as the last line of `mentee learn`.

    A learner that was killed left no such line: outcome "cut_off". `in_use` is False where a version was adopted that
    does not answer, because the user chose another one meanwhile.
    """

    outcome: str
    reason: str
    version: int | None = None
    lessons: int = 0
    exam: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0
    in_use: bool = True


class LearnerProcess(QObject):
    """One run at a time.

    Signals:
        changed: a `LearnerStatus`.
        finished: a `LearnerResult`.
    """

    changed = Signal(object)
    finished = Signal(object)

    def __init__(self, data: DataDir) -> None:
        super().__init__()
        self._data = data
        self._process: QProcess | None = None
        self._complaint = ""
        self._result: dict[str, Any] | None = None
        self._report: dict[str, Any] = {}
        self._paused = False
        self._yielding = False
        self._stopping = False
        self._held = False
        self.status = LearnerStatus()
        self._quiet = QTimer(self)
        self._quiet.setObjectName("learner quiet time")
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._on_quiet)

    def start(self, *, force: bool = False) -> None:
        """Starts a run, if none goes on."""
        if self._process is not None:
            return
        self._complaint, self._result, self._report = "", None, {}
        self._paused = self._yielding = self._stopping = False
        arguments = ["learn", "--data-dir", str(self._data.root)] + (["--force"] if force else [])
        process = mentee_process(self, arguments)
        process.readyReadStandardError.connect(self._on_progress)
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start()
        if self._held:
            self.nudge()
        self._tell()

    def pause(self) -> None:
        """Holds the run until `resume`."""
        self._paused = True
        self._send("pause")

    def resume(self) -> None:
        """Goes on."""
        self._paused = self._yielding = False
        self._send("resume")

    def stop(self) -> None:
        """Asks the run to end; what it has reached is kept for the next one."""
        self._stopping = True
        self._send("stop")

    def nudge(self) -> None:
        """The user is busy here: the run yields for some seconds."""
        if self._process is None or self._paused or self._stopping:
            return
        if not self._yielding:
            self._yielding = True
            self._send("pause")
        self._quiet.start(_QUIET_MS)

    def hold(self, busy: bool) -> None:
        """A reply is being made: the run yields until it is done, and some seconds longer."""
        self._held = busy
        self.nudge()

    def shut_down(self) -> None:
        """Ends the child with the window and waits for it."""
        self._quiet.stop()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_error)
            end(process, _GRACE_MS)
            process.deleteLater()

    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._process is not None

    def _send(self, kind: str) -> None:
        if self._process is not None:
            self._process.write(json.dumps({"type": kind}).encode() + b"\n")
            self._tell()

    def _on_quiet(self) -> None:
        if self._yielding and self._held:
            self._quiet.start(_QUIET_MS)
        elif self._yielding and not self._paused:
            self._yielding = False
            self._send("resume")

    def _on_progress(self) -> None:
        process = self._process
        if process is None:
            return
        process.setReadChannel(QProcess.ProcessChannel.StandardError)
        while process.canReadLine():
            self._take_report(bytes(process.readLine().data()).decode("utf-8", errors="replace"))
        self._tell()

    def _take_report(self, line: str) -> None:
        parsed = parse_object(line)
        if parsed is None:
            self._complaint = line.strip() or self._complaint
        elif parsed.get("type") == "progress":
            self._report = parsed

    def _on_output(self) -> None:
        process = self._process
        if process is None:
            return
        process.setReadChannel(QProcess.ProcessChannel.StandardOutput)
        while process.canReadLine():
            line = bytes(process.readLine().data()).decode("utf-8", errors="replace")
            self._result = parse_object(line) or self._result

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # Other errors are followed by `finished`; this one is not.
        if error == QProcess.ProcessError.FailedToStart:
            self._on_finished()

    def _on_finished(self, _code: int = 0, how: QProcess.ExitStatus = QProcess.ExitStatus.NormalExit) -> None:
        self._on_progress()
        self._on_output()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._quiet.stop()
        self._tell()
        if self._result is None and how == QProcess.ExitStatus.CrashExit:
            self.finished.emit(LearnerResult("cut_off", ""))
        else:
            self.finished.emit(_result(self._result, self._complaint))

    def _tell(self) -> None:
        report = self._report
        self.status = LearnerStatus(
            state=self._state(),
            stage=str(report.get("stage", "")),
            text=str(report.get("text") or ""),
            done=float(report.get("done") or 0),
            total=float(report.get("total") or 0),
            seconds_left=report.get("seconds_left"),
            yielding=self._yielding and not self._paused,
        )
        self.changed.emit(self.status)

    def _state(self) -> LearnerState:
        if self._process is None:
            return "idle"
        if self._stopping:
            return "stopping"
        return "paused" if self._paused or self._yielding else "running"


def _result(parsed: dict[str, Any] | None, complaint: str) -> LearnerResult:
    if parsed is None:
        return LearnerResult("failed", complaint)
    return LearnerResult(
        outcome=str(parsed.get("outcome", "failed")),
        reason=str(parsed.get("reason", "")),
        version=parsed.get("version"),
        lessons=int(parsed.get("lessons") or 0),
        exam=dict(parsed.get("exam") or {}),
        seconds=float(parsed.get("seconds") or 0),
        in_use=bool(parsed.get("in_use", True)),
    )
