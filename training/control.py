"""How a running learner is told to pause, go on or stop, and how it says where it is.

Commands are JSON lines on stdin: `{"type": "pause"}`, `"resume"`, `"stop"`. The end of a piped stdin means that the
parent is gone, and SIGTERM the same: stop. A terminal or /dev/null on stdin is not a parent and is not read. Progress
goes to stderr, as JSON lines unless a person watches.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

Keep = Callable[[str, dict[str, Any]], None]
"""Told (kind, figures) of each event worth keeping with the run."""

STOP_GRACE_S = 4.0
"""A stop that no border has honoured after this long ends the process; the checkpoint on disk is whole."""


class Stopped(Exception):
    """The user or the parent asked the learner to stop; what is done is kept."""


class Control:
    """Pause and stop flags, set from a reader thread and from signals, honoured at borders.

    Args:
        listen: read commands from stdin where it is a pipe.
    """

    def __init__(self, *, listen: bool = True) -> None:
        self._running = threading.Event()
        self._running.set()
        self._stop = threading.Event()
        self._why = "Stopped"
        if listen and stat.S_ISFIFO(os.fstat(0).st_mode) | stat.S_ISSOCK(os.fstat(0).st_mode):
            threading.Thread(target=self._read, args=(sys.stdin,), name="commands", daemon=True).start()

    def watch_signals(self) -> None:
        """SIGTERM and SIGINT stop the run; call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    @property
    def paused(self) -> bool:
        """Whether the next border will wait."""
        return not self._running.is_set()

    def pause(self) -> None:
        """Wait at the next border."""
        self._running.clear()

    def resume(self) -> None:
        """Go on."""
        self._running.set()

    def limit(self, seconds: float) -> None:
        """Stops the run after so long; what is done is kept."""
        timer = threading.Timer(seconds, self.stop, ["The time for one run was used up"])
        timer.daemon = True
        timer.start()

    def stop(self, why: str = "Stopped") -> None:
        """Raise `Stopped` at the next border, or leave after the grace."""
        if not self._stop.is_set():
            self._why = why
            self._stop.set()
            self._running.set()
            timer = threading.Timer(STOP_GRACE_S, _leave, [why])
            timer.daemon = True
            timer.start()

    def border(self) -> None:
        """A place where the work may rest: waits while paused.

        Raises:
            Stopped: a stop was asked for.
        """
        self._running.wait()
        if self._stop.is_set():
            raise Stopped(self._why)

    def _read(self, lines: TextIO) -> None:
        actions: dict[str, Callable[[], None]] = {"pause": self.pause, "resume": self.resume, "stop": self.stop}
        for line in lines:
            try:
                kind = json.loads(line).get("type")
            except (ValueError, AttributeError):
                continue
            actions.get(kind, lambda: None)()
        self.stop()


def _leave(why: str) -> None:
    print(json.dumps(stopped_result(why)), flush=True)
    os._exit(0)


def stopped_result(why: str = "Stopped") -> dict[str, Any]:
    """The result line of a run that was stopped and will be continued."""
    reason = f"{why}; the next run goes on from here."
    return {"outcome": "skipped", "reason": reason, "version": None, "lessons": 0, "exam": {}, "seconds": 0.0}


class Progress:
    """Tells how far a run is, with the time left once a stage has shown its pace.

    Args:
        out: where to; JSON lines unless it is a terminal.
        control: its borders are honoured at every report.
        keep: called with each record, to keep it in the store; may be None.
    """

    def __init__(
        self, out: TextIO, control: Control, keep: Callable[[str, dict[str, Any]], None] | None = None
    ) -> None:
        self._out = out
        self._control = control
        self.keep = keep
        self._stage = ""
        self._began = 0.0
        self._first = 0

    def stage(self, name: str, **figures: Any) -> None:
        """A new stage begins."""
        self._stage, self._began, self._first = name, time.monotonic(), 0
        self._say(0, 0, None)
        if self.keep:
            self.keep("stage", {"stage": name, **figures})

    def begin(self, done: int) -> None:
        """A part of the stage begins, of which so much was done before: it does not count for the pace."""
        self._began, self._first = time.monotonic(), done

    def rest(self) -> None:
        """A place to pause or stop without anything to report.

        Raises:
            Stopped: a stop was asked for.
        """
        self._control.border()

    def border(self, done: int, total: int) -> None:
        """So much of the stage is done; waits while paused.

        Raises:
            Stopped: a stop was asked for.
        """
        if self._control.paused:
            self._out.write(json.dumps({"type": "paused", "stage": self._stage}) + "\n")
            self._out.flush()
        self._control.border()
        new = done - self._first
        pace = (time.monotonic() - self._began) / new if new > 0 else None
        self._say(done, total, None if pace is None else pace * (total - done))

    def _say(self, done: int, total: int, left_s: float | None) -> None:
        if self._out.isatty():
            self._out.write(f"\r{self._stage}: {done}/{total}   " if total else f"\n{self._stage} ...")
        else:
            left = None if left_s is None else round(left_s, 1)
            line = {"type": "progress", "stage": self._stage, "done": done, "total": total, "seconds_left": left}
            self._out.write(json.dumps(line) + "\n")
        self._out.flush()
