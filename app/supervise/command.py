"""How this program starts itself for another task."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QProcess

_LOG_LIMIT_BYTES = 1_000_000


def mentee_process(parent: Any, arguments: list[str]) -> QProcess:
    """A process (not started) that runs `mentee` with these arguments, from source or from a bundle."""
    process = QProcess(parent)
    process.setProgram(sys.executable)
    frozen = bool(getattr(sys, "frozen", False))
    process.setArguments(arguments if frozen else ["-m", "mentee", *arguments])
    return process


def log_to(process: QProcess, log: Path) -> None:
    """Sends stderr to a log file, begun anew once it is long."""
    mode = QProcess.OpenModeFlag.Append
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        mode = QProcess.OpenModeFlag.Truncate
    process.setStandardErrorFile(str(log), mode)


def last_line(log: Path) -> str:
    """The last line of a log that is not empty."""
    try:
        tail = log.read_bytes()[-4000:].decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(tail.splitlines()) if line.strip()), "")


def parse_object(line: str) -> dict[str, Any] | None:
    """A JSON object, or None if the line is anything else."""
    try:
        parsed = json.loads(line)
    except json.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def end(process: QProcess, grace_ms: int) -> None:
    """Ends a child for certain: end of its input, then SIGTERM, then SIGKILL; waits for it."""
    if process.state() == QProcess.ProcessState.NotRunning:
        return
    process.closeWriteChannel()
    if not process.waitForFinished(grace_ms):
        process.terminate()
        if not process.waitForFinished(2000):
            process.kill()
            process.waitForFinished(2000)
