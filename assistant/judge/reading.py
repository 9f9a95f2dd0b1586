"""Reads what followed the replies in the store: verdicts, and the lessons that follow from them.

Explicit feedback outranks every verdict: a turn that has some is not read, and feedback that comes later sets the
lesson of the verdict aside (`conversation.feedback`). A turn is read once by each judge (back end and fingerprint); a
judge never reads again what a better one has read. A new reading that says something takes the place of an older
judge's pending lesson; what was learned, excluded or forgotten since stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assistant.errors import NotFound, PolicyRefused, PolicyUnavailable
from assistant.judge.case import UNREAD, Case, Judge, Verdict, unread
from assistant.judge.hindsight import BACKEND as HINDSIGHT
from assistant.judge.hints import choose_hints
from assistant.judge.routing import lesson_of, sound
from assistant.judge.turns import Followed, followed
from assistant.store import Store

log = logging.getLogger("mentee.judge")

BATCH = 8
"""Turns that are judged and written together; a stop loses at most these."""

_RANK: Mapping[str, int] = {"hindsight": 0, "rules": 1, "classifier": 2, "language_model": 3, "remote": 3}


@dataclass(slots=True)
class Tally:
    """What a reading came to.

    Attributes:
        read: turns; the next four add up to it.
        read_only: turns on which nobody gave an opinion, since no judge is trusted.
        unparsable: of the zeros, those that the judge gave no usable answer to.
        lessons: lessons made.
        replaced: pending lessons of an older judge that gave way.
        left: turns that still wait.
    """

    read: int = 0
    plus: int = 0
    zero: int = 0
    minus: int = 0
    read_only: int = 0
    unparsable: int = 0
    lessons: int = 0
    replaced: int = 0
    left: int = 0

    def as_dict(self) -> dict[str, int]:
        """In the form of results and run records."""
        return {
            "read": self.read, "+1": self.plus, "0": self.zero, "-1": self.minus, "unparsable": self.unparsable,
            "read_only": self.read_only, "lessons": self.lessons, "replaced": self.replaced, "left": self.left,
        }  # fmt: skip

    def count(self, verdict: Verdict) -> None:
        """Adds one verdict."""
        self.read += 1
        self.read_only += verdict.backend == HINDSIGHT
        self.plus += verdict.score == 1
        self.minus += verdict.score == -1
        self.zero += verdict.score == 0 and verdict.backend != HINDSIGHT
        self.unparsable += _says_nothing(verdict) and verdict.backend != HINDSIGHT and verdict.votes.unparsable > 0


def read_turns(store: Store, judge: Judge, most: int, go_on: Callable[[int], bool] = lambda _read: True) -> Tally:
    """Judges up to `most` turns, newest first, and keeps what follows.

    Args:
        store: the store of this thread.
        judge: who judges; where it no longer answers, the reading ends with what it has.
        most: how many turns.
        go_on: asked before each batch, with the number read so far.
    """
    tally = Tally()
    tried: set[str] = set()
    while tally.read < most and go_on(tally.read):
        used = judge.backend, judge.fingerprint
        waiting = store.verdicts.unread(*used, above(used[0]), min(BATCH, most - tally.read))
        cases = {turn_id: found for turn_id in waiting if (found := _case(store, turn_id)) is not None}
        if tried.issuperset(cases):
            break
        verdicts = _judged(judge, [one.case for one in cases.values()])
        if verdicts is None:
            break
        if (judge.backend, judge.fingerprint) != used:
            # Another judge stands in from here on, which may not read all that the first one might.
            continue
        tried.update(cases)
        with store.immediate():
            for (turn_id, found), verdict in zip(cases.items(), verdicts, strict=True):
                _keep(store, turn_id, found, verdict, judge.fingerprint, tally)
    tally.left = len(store.verdicts.unread(judge.backend, judge.fingerprint, above(judge.backend), -1))
    return tally


def above(backend: str) -> list[str]:
    """The back ends whose reading this one does not overrule."""
    return [name for name, rank in _RANK.items() if rank > _RANK.get(backend, 0)]


def _case(store: Store, turn_id: str) -> Followed | None:
    try:
        return followed(store, turn_id)
    except NotFound:  # deleted for good since the list was made
        return None


def _judged(judge: Judge, cases: list[Case]) -> list[Verdict] | None:
    """A sound verdict for each case; None where nobody answers any more."""
    try:
        verdicts = judge.judge(cases)
    except (PolicyUnavailable, PolicyRefused):
        log.info("the %s judge no longer answers; what is left waits for the next run", judge.backend)
        return None
    if len(verdicts) != len(cases):
        log.warning("the %s judge gave %d verdicts on %d cases", judge.backend, len(verdicts), len(cases))
        return [unread(judge.backend) for _ in cases]
    return [sound(case, verdict) for case, verdict in zip(cases, verdicts, strict=True)]


def _keep(store: Store, turn_id: str, found: Followed, verdict: Verdict, fingerprint: str, tally: Tally) -> None:
    """Stores a verdict with its lesson, unless the user said something himself in the meantime."""
    if not _still_open(store, turn_id):
        return
    usable = _with_usable_hints(found.case, verdict)
    row = store.verdicts.add(usable.for_turn(turn_id, found.message_id, fingerprint))
    tally.count(usable)
    if _says_nothing(usable):
        return
    tally.replaced += store.lessons.withdraw_judged(turn_id)
    lesson = lesson_of(usable)
    if lesson is None or any(one.verdict_id for one in store.lessons.of_turn(turn_id)):
        return
    store.lessons.add(
        turn_id, polarity=lesson.polarity, hint=lesson.hint, rewrite=None, scope=lesson.scope,
        weight=lesson.weight, verdict_id=row.id,
    )  # fmt: skip
    tally.lessons += 1


def _still_open(store: Store, turn_id: str) -> bool:
    """Whether nobody gave feedback on the turn or threw it away while it was judged."""
    try:
        conversation = store.conversations.get(store.turns.get(turn_id).conversation_id)
    except NotFound:
        return False
    return conversation.deleted_at is None and store.feedback.effective(turn_id) is None


def _with_usable_hints(case: Case, verdict: Verdict) -> Verdict:
    """The hints that pass the leak filter, whichever judge proposed them; none where a tool spoke."""
    if verdict.score != -1 or case.role == "tool":
        return replace(verdict, hint=None, hints=())
    hints = choose_hints(case, (verdict.hint, *verdict.hints), verdict.category).hints
    return replace(verdict, hint=next(iter(hints), None), hints=hints)


def _says_nothing(verdict: Verdict) -> bool:
    return verdict.category == UNREAD
