"""Work off the GUI thread: one worker thread that owns one resource, results delivered on the GUI thread.

Knows nothing of stores or policies; the resource (for example a `Store`, which belongs to one thread) is
opened on the worker at its first use and closed there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from assistant.errors import EnvironmentProblem

log = logging.getLogger(__name__)


class Closable(Protocol):
    """Anything with a `close`."""

    def close(self) -> None:
        """Releases it."""


R = TypeVar("R", bound=Closable)
T = TypeVar("T")


class _Mailbox(QObject):
    """Runs closures on the thread it was made on."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _on_posted(self, closure: Callable[[], None]) -> None:
        closure()


class Tasks(Generic[R]):
    """A single worker thread; calls run one after another, in the order given.

    Attributes:
        on_problem: called on the GUI thread with an error that no `failed` callback took.
    """

    def __init__(self, name: str, open_resource: Callable[[], R]) -> None:
        self.on_problem: Callable[[Exception], None] = lambda problem: log.error("%s", problem)
        self._open = open_resource
        self._resource: R | None = None
        self._closed = False
        self._mailbox = _Mailbox()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def submit(
        self,
        work: Callable[[R], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Runs `work` on the worker, then `done(result)` or `failed(error)` on the GUI thread."""
        if not self._closed:
            self._pool.submit(self._run, work, done, failed)

    def close(self) -> None:
        """Finishes what was submitted, closes the resource, ends the thread; delivers nothing more."""
        if self._closed:
            return
        self._closed = True
        self._pool.submit(self._close_resource)
        self._pool.shutdown(wait=True)

    def _run(
        self,
        work: Callable[[R], T],
        done: Callable[[T], None] | None,
        failed: Callable[[Exception], None] | None,
    ) -> None:
        try:
            if self._resource is None:
                self._resource = self._open()
            result = work(self._resource)
        except Exception as problem:
            # Everything is reported: an expected problem to the user, a bug to the log as well.
            if not isinstance(problem, EnvironmentProblem):
                log.exception("a background task failed")
            self._post(failed or self.on_problem, problem)
        else:
            if done is not None:
                self._post(done, result)

    def _post(self, callback: Callable[[Any], None], value: Any) -> None:
        def deliver() -> None:
            if not self._closed:
                callback(value)

        self._mailbox.posted.emit(deliver)

    def _close_resource(self) -> None:
        if self._resource is not None:
            self._resource.close()
            self._resource = None
