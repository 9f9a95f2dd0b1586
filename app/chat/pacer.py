"""Bounds what streaming may cost: rendering takes at most about a tenth of the time."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

_SHORTEST_MS = 40
_REST = 10


class Pacer(QObject):
    """Calls `render` soon after `poke`, then again no sooner than max(40 ms, 10 x the last render)."""

    def __init__(self, render: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._render = render
        self._due = False
        self._timer = QTimer(self)
        self._timer.setObjectName("render pacer")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def poke(self) -> None:
        """There is something new to show."""
        if self._timer.isActive():
            self._due = True
        else:
            self._now()

    def finish(self) -> None:
        """Renders what is left, at once, and rests."""
        self._timer.stop()
        if self._due:
            self._due = False
            self._render()

    def _on_timeout(self) -> None:
        if self._due:
            self._now()

    def _now(self) -> None:
        self._due = False
        start = perf_counter()
        self._render()
        self._timer.start(interval_ms(perf_counter() - start))


def interval_ms(last_render_s: float) -> int:
    """The pause after a render that took so long."""
    return max(_SHORTEST_MS, round(_REST * last_render_s * 1000))
