"""The `hindsight` back end: no judging at all (arXiv 2603.12273).

Hands on what followed, as it came: the learner's teacher reads it as a later message of the user, and what has
nothing to do with the reply changes nothing there by itself. Used where no reader has passed its exam.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.judge.case import UNREAD, Case, Verdict

BACKEND = "hindsight"


class HindsightJudge:
    """Score 0 for everything, and the raw next state."""

    backend = BACKEND
    fingerprint = ""

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict without an opinion for each case."""
        return [Verdict(0, UNREAD, confidence=0.0, backend=BACKEND, hindsight=one.next_state) for one in cases]
