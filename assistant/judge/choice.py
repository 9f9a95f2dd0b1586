"""Which judge is used, and the plain sentence that says so.

Order: language model, classifier, hindsight. Each has to pass its exam, and the next one down stands in for one that
fails it or does not answer. Rules alone are used only when chosen by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import BadInput, PolicyRefused, PolicyUnavailable
from assistant.judge import classifier, rules
from assistant.judge.adaptation import delta_of
from assistant.judge.case import Case, Judge, Verdict
from assistant.judge.classifier import ClassifierJudge
from assistant.judge.exam import (
    LEAST_MACRO_F1,
    MOST_FALSE_MINUS1,
    ExamResult,
    exam_of,
    exam_rows,
    known_result,
    sampled_rows,
)
from assistant.judge.hindsight import HindsightJudge
from assistant.judge.labelled import Labelled
from assistant.judge.line import keep_judge_line
from assistant.judge.rules import RulesJudge
from assistant.judge.weights import Weights, shipped
from assistant.settings import JudgeSettings
from assistant.store import Store

log = logging.getLogger("mentee.judge")


@dataclass(frozen=True, slots=True)
class ChosenJudge:
    """A judge that may be used, and why it is this one."""

    judge: Judge
    line: str


class WithStandIn:
    """A judge, and the next one down from the moment at which the first no longer answers.

    Attributes:
        backend: of the one in use.
    """

    def __init__(self, first: Judge, second: Judge) -> None:
        self._used, self._second = first, second

    @property
    def backend(self) -> str:
        """The name of the one in use."""
        return self._used.backend

    @property
    def fingerprint(self) -> str:
        """Of the one in use."""
        return self._used.fingerprint

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """A verdict for each case, all by the same judge."""
        try:
            return self._used.judge(cases)
        except (PolicyUnavailable, PolicyRefused):
            log.info("the %s judge no longer answers, %s stands in", self._used.backend, self._second.backend)
            self._used = self._second
            return self._used.judge(cases)


def choose_judge(
    store: Store,
    settings: JudgeSettings,
    model: Judge | None = None,
    *,
    take_exam: bool = True,
    rows: Sequence[Labelled] | None = None,
) -> ChosenJudge:
    """The best judge that may be trusted; remembers the sentence that says which and why.

    Args:
        store: where exams and the sentence are kept, and the user's thumbs.
        settings: what the user chose.
        model: the language-model judge, None where there is none or no server runs.
        take_exam: False uses a language model only if it passed before: its exam takes minutes.
        rows: the rows of the exam; by default those that ship, for a language model a part of them.
    """
    chosen = _choose(store, settings, model, take_exam, rows)
    keep_judge_line(store, chosen.line)
    return chosen


def user_classifier(store: Store, weights: Weights | None = None) -> ClassifierJudge:
    """The classifier as the user's own thumbs have shifted it.

    Raises:
        BadInput: its file is missing or damaged.
    """
    known = weights or shipped()
    delta = delta_of(store, known.category.classes, ClassifierJudge(known).chances)
    return ClassifierJudge(known, delta)


def _choose(
    store: Store, settings: JudgeSettings, model: Judge | None, take_exam: bool, rows: Sequence[Labelled] | None
) -> ChosenJudge:
    if settings.backend == "rules":
        return ChosenJudge(RulesJudge(), "Reactions are read with fixed rules, as you chose.")
    below = _without_model(store, rows)
    if settings.backend == "classifier":
        return below
    if model is None:
        if settings.backend == "model":
            return ChosenJudge(below.judge, f"The model that should read reactions cannot be reached. {below.line}")
        return below
    return _with_model(store, model, below, rows if rows is not None else sampled_rows(), take_exam)


def _with_model(
    store: Store, model: Judge, below: ChosenJudge, rows: Sequence[Labelled], take_exam: bool
) -> ChosenJudge:
    try:
        result = exam_of(store, model, rows) if take_exam else known_result(store, model, rows)
    except (PolicyUnavailable, PolicyRefused) as problem:
        return ChosenJudge(below.judge, f"The model could not read reactions ({_bare(problem)}). {below.line}")
    if result is None:
        return below
    if not result.trusted:
        why = f"The model is not good enough at reading reactions ({shortfall(result)})"
        return ChosenJudge(below.judge, f"{why}, so {_used(below.judge)}.")
    line = f"The model reads your reactions; it passed its exam {_passed(result)}."
    return ChosenJudge(WithStandIn(model, below.judge), line)


def _without_model(store: Store, rows: Sequence[Labelled] | None) -> ChosenJudge:
    try:
        result = exam_of(store, ClassifierJudge(), rows if rows is not None else exam_rows())
        if result.trusted:
            line = f"The built-in reader reads your reactions; it passed its exam {_passed(result)}."
            return ChosenJudge(WithStandIn(user_classifier(store), HindsightJudge()), line)
        why = f"The built-in reader is not good enough at reading reactions ({shortfall(result)})"
    except BadInput as problem:
        why = f"The built-in reader cannot be used ({_bare(problem)})"
    return ChosenJudge(HindsightJudge(), f"{why}, so {_used(HindsightJudge())}.")


def shortfall(result: ExamResult) -> str:
    """What an exam lacks, in brackets: the figure that fails and its limit."""
    if result.overall.macro_f1 <= LEAST_MACRO_F1:
        return f"{result.overall.macro_f1:.2f} of {LEAST_MACRO_F1}"
    return f"{result.overall.false_minus1:.0%} wrongly read as dislike, {MOST_FALSE_MINUS1:.0%} allowed"


def _passed(result: ExamResult) -> str:
    return f"({result.overall.macro_f1:.2f} of {LEAST_MACRO_F1})"


def _used(judge: Judge) -> str:
    names = {
        classifier.BACKEND: "the built-in reader is used",
        rules.BACKEND: "fixed rules are used",
    }
    return names.get(judge.backend, "what you say is only kept for now")


def _bare(problem: Exception) -> str:
    return str(problem).rstrip(".")
