"""First step of a run: what the user said after replies becomes verdicts and lessons.

Owns which judge reads, for how long, and where it rests; what a verdict leads to is `assistant.judge.reading`. A judge
that does not answer or answers nonsense costs its verdicts, never the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from assistant.errors import ModelUnusable, PolicyRefused, PolicyUnavailable
from assistant.judge.case import Case, Judge, Verdict
from assistant.judge.choice import choose_judge
from assistant.judge.line import keep_judge_line
from assistant.judge.model import model_judge, policy_judge
from assistant.judge.reading import BATCH, Tally, above, read_turns
from training.place import Place

STAGE = "reading reactions"
TIME_SHARE = 1 / 3
"""Of the time for one run; what is not read by then waits for the next one."""

_TOO_SLOW = "judge.exam_too_slow"
"""Key of the fingerprint of a model whose exam did not fit into a run."""

log = logging.getLogger("mentee.judge")


class Rested:
    """A judge that lets the run rest or stop between batches, during its exam as well, and that has a time limit.

    Args:
        judge: who judges.
        rest: waits while paused; raises to stop.
        in_time: whether there is time left.

    Attributes:
        late: whether it was refused for want of time.
    """

    def __init__(self, judge: Judge, rest: Callable[[], None], in_time: Callable[[], bool]) -> None:
        self._judge, self._rest, self._in_time = judge, rest, in_time
        self.late = False

    @property
    def backend(self) -> str:
        """Of the judge."""
        return self._judge.backend

    @property
    def fingerprint(self) -> str:
        """Of the judge."""
        return self._judge.fingerprint

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case.

        Raises:
            PolicyUnavailable: no time is left; an exam that never ends would keep every run from learning.
        """
        verdicts: list[Verdict] = []
        for start in range(0, len(cases), BATCH):
            self._rest()
            if not self._in_time():
                self.late = True
                raise PolicyUnavailable("no time is left for it in this run")
            verdicts += self._judge.judge(cases[start : start + BATCH])
        return verdicts


def read_reactions(place: Place, clock: Callable[[], float] = time.monotonic) -> dict[str, int]:
    """Reads at most as many turns as the settings allow; the counts of `judge.reading.Tally`, empty when switched off.

    Raises:
        Stopped: a stop was asked for; what was read is kept.
    """
    settings, store, progress = place.settings.judge, place.store, place.progress
    most = settings.turns_per_run
    if not most:
        return {}
    if not store.verdicts.unread("", "", (), 1):
        # Nothing followed any reply: no judge has to be made, and none examined.
        return Tally().as_dict()
    progress.stage(STAGE)
    deadline = clock() + place.settings.learning.time_budget_s * TIME_SHARE

    def in_time() -> bool:
        return clock() < deadline

    with _model(place, in_time) as model:
        judge = _choose(place, model)
        waiting = len(store.verdicts.unread(judge.backend, judge.fingerprint, above(judge.backend), most))

        def go_on(read: int) -> bool:
            progress.border(min(read, waiting), waiting)
            return in_time()

        return read_turns(store, judge, most, go_on).as_dict()


def _choose(place: Place, model: Rested | None) -> Judge:
    """The judge that may be trusted.

    A model that the user chose by hand takes its exam here, but only once if the time of a run is too short for it;
    another one is used only if it passed before.
    """
    store, settings = place.store, place.settings.judge
    by_hand = settings.backend == "model" or bool(settings.endpoint or settings.model_path)
    too_slow = model is not None and store.state.get(_TOO_SLOW) == model.fingerprint
    chosen = choose_judge(store, settings, model, take_exam=by_hand and not too_slow)
    if model is not None and model.late:
        store.state.set(_TOO_SLOW, model.fingerprint)
    if model is not None and by_hand and chosen.judge.backend != model.backend and (too_slow or model.late):
        how = "`mentee judge --exam --backend model` gives it all the time it needs"
        keep_judge_line(store, f"The exam of the model takes longer than a run may ({how}). {chosen.line}")
    return chosen.judge


@contextmanager
def _model(place: Place, in_time: Callable[[], bool]) -> Iterator[Rested | None]:
    """The language-model judge of the settings, None where none is wanted or none can be reached."""
    settings = place.settings.judge
    if settings.backend in ("classifier", "rules"):
        yield None
        return
    with ExitStack() as held:
        found: Judge | None = None
        try:
            if settings.endpoint or settings.model_path:
                found = held.enter_context(model_judge(place.data, settings, start=True))
            else:
                found = policy_judge(place.client, settings)
        except (PolicyUnavailable, PolicyRefused, ModelUnusable) as problem:
            log.info("no language model reads reactions: %s", type(problem).__name__)
        yield None if found is None else Rested(found, place.progress.rest, in_time)
