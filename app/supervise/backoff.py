"""How long to wait before a child that died is started again."""

from __future__ import annotations

_FIRST_S = 0.3
_MOST_S = 30.0
_STABLE_S = 60.0
GIVE_UP_AFTER = 6


class BackOff:
    """Doubles the wait with each death in a row; a child that lived for a minute starts the count anew."""

    def __init__(self) -> None:
        self._deaths = 0

    @property
    def exhausted(self) -> bool:
        """Whether it died so often without ever being ready that trying on is no use."""
        return self._deaths >= GIVE_UP_AFTER

    def died(self, lived_s: float) -> float:
        """Notes a death; the seconds to wait."""
        if lived_s >= _STABLE_S:
            self._deaths = 0
        wait_s = min(_MOST_S, _FIRST_S * 2**self._deaths)
        self._deaths += 1
        return wait_s

    def reset(self) -> None:
        """The user asks for another try."""
        self._deaths = 0
