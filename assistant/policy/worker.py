"""The one thread that computes: the chat lane first, else one step of the side lane.

One thread for both lanes, because two that compute in turns make libgomp count more threads than there are cores and
put each of them to sleep at every barrier: several hundred times a token, a third of the speed.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from assistant.policy.chat_lane import ChatLane
from assistant.policy.faults import log_fault
from assistant.policy.generation import Request
from assistant.policy.side_lane import SideLane
from assistant.policy.side_tasks import Task

log = logging.getLogger("mentee.policy.worker")


class Worker:
    """Runs both lanes. Sleeps when there is nothing to do."""

    def __init__(self, chat: ChatLane, side: SideLane) -> None:
        self._chat, self._side = chat, side
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._closed = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="compute", daemon=True)
        self._thread.start()

    def submit_chat(self, request: Request) -> None:
        """Queues a request and interrupts the side lane. Any thread."""
        request.on_cancel = self._chat.interrupt
        with self._wake:
            self._waiting.append(request)
            self._wake.notify()
        self._side.interrupt()

    def submit_side(self, tasks: list[Task]) -> None:
        """Queues work for the side lane. Any thread."""
        with self._wake:
            self._side.add(tasks)
            self._wake.notify()

    def close(self) -> None:
        """Cancels everything, ends the thread, frees the contexts."""
        with self._wake:
            self._closed = True
            for request in (*self._waiting, *([self._current] if self._current else ())):
                request.cancelled = True
            self._wake.notify()
        self._chat.interrupt()
        self._side.interrupt()
        self._thread.join()
        self._chat.close()
        self._side.close()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._current = None
                while not (self._waiting or self._side.busy or self._closed):
                    self._wake.wait()
                if self._waiting:
                    self._current = self._waiting.popleft()
                elif self._closed:
                    return
            if self._current:
                self._chat.answer(self._current)
            else:
                self._step()

    def _step(self) -> None:
        try:
            self._side.step()
        except Exception as problem:
            # One bad batch must not end the thread: all that was in it is told, and the memory starts afresh.
            log_fault(log, "a side step failed", problem)
            self._side.give_up(problem)
