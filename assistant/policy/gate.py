"""Who may compute: the chat goes first, the side lane waits between its steps.

Pure threading, no polling.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class ChatFirst:
    """Closed while the chat lane works.

    Attributes:
        interrupt: called when the gate closes, to end the side lane's step in progress.
    """

    def __init__(self) -> None:
        self.interrupt: Callable[[], None] = _nothing
        self._open = threading.Event()
        self._open.set()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Keeps the side lane waiting."""
        self._open.clear()
        self.interrupt()
        try:
            yield
        finally:
            self._open.set()

    def wait(self) -> None:
        """Returns when the chat lane is idle."""
        self._open.wait()


def _nothing() -> None:
    return None
