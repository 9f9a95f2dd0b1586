"""From token bytes to text that may be shown: UTF-8 split over tokens, and stop strings held back.

Pure; the concatenation of everything handed out is the reply's text.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Turns pieces of bytes into text.

    Attributes:
        text: everything handed out so far.
        stopped: whether a stop string was met; it and all after it is cut.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self.text = ""
        self.stopped = False
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def push(self, piece: bytes) -> str:
        """The text that became certain with this piece, possibly empty."""
        return self._release(self._decoder.decode(piece), at_end=False)

    def finish(self) -> str:
        """The rest, when the reply has ended."""
        return self._release(self._decoder.decode(b"", final=True), at_end=True)

    def _release(self, new: str, at_end: bool) -> str:
        if self.stopped:
            return ""
        pending = self._held + new
        if self._stops:
            pending = self._cut(pending, at_end)
        else:
            self._held = ""
        self.text += pending
        return pending

    def _cut(self, pending: str, at_end: bool) -> str:
        hits = [at for stop in self._stops if (at := pending.find(stop)) >= 0]
        if hits:
            self.stopped, self._held = True, ""
            return pending[: min(hits)]
        keep = 0 if at_end else self._possible_start(pending)
        self._held = pending[len(pending) - keep :]
        return pending[: len(pending) - keep]

    def _possible_start(self, pending: str) -> int:
        """The length of the longest end of `pending` that a stop string begins with."""
        longest = min(len(pending), max(map(len, self._stops)) - 1)
        for length in range(longest, 0, -1):
            if any(stop.startswith(pending[-length:]) for stop in self._stops):
                return length
        return 0
