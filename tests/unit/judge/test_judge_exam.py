"""The exam of a judge, and which one is chosen after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from assistant.errors import BadInput, PolicyUnavailable
from assistant.judge import choice
from assistant.judge.case import Case, Verdict, verdict_of
from assistant.judge.choice import WithStandIn, choose_judge
from assistant.judge.exam import ExamResult, exam_of, exam_rows, examine, known_result, sampled_rows, tables
from assistant.judge.hindsight import HindsightJudge
from assistant.judge.labelled import Labelled, labelled, sample, set_sha256
from assistant.judge.line import NOT_CHOSEN, judge_line
from assistant.judge.rules import RulesJudge
from assistant.judge.scoring import Figures
from assistant.settings import JudgeSettings
from assistant.store import Store

ROWS = sample(labelled("test"), 2)


class Fake:
    """Knows all answers, or none."""

    backend = "language_model"

    def __init__(self, *, good: bool, fingerprint: str = "f", fails: bool = False) -> None:
        self.good, self.fingerprint, self.fails, self.asked = good, fingerprint, fails, 0

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        self.asked += 1
        if self.fails:
            raise PolicyUnavailable("The model does not answer.")
        known = {row.case: row.category for row in labelled("test")}
        wrong = {"praise": "style"}
        names = [known.get(case, "praise") for case in cases]
        return [verdict_of(one if self.good else wrong.get(one, "praise"), self.backend, 0.9) for one in names]  # type: ignore[arg-type]


def test_a_perfect_judge_is_trusted_and_a_bad_one_is_not() -> None:
    good = examine(Fake(good=True), ROWS)
    assert good.trusted
    assert good.overall.macro_f1 == 1.0
    assert set(good.by_category) == {row.category for row in ROWS}
    assert set(good.by_language) == {row.lang for row in ROWS}
    bad = examine(Fake(good=False), ROWS)
    assert not bad.trusted
    assert "not trusted" in tables(bad)
    assert "praise" in tables(bad)


def result(macro_f1: float, false_minus1: float) -> ExamResult:
    return ExamResult("x", Figures(macro_f1, false_minus1, 0.5, 10), {}, {}, 0.0)


@pytest.mark.parametrize(
    ("macro_f1", "false_minus1", "trusted"), [(0.76, 0.05, True), (0.75, 0.0, False), (0.9, 0.051, False)]
)
def test_both_limits_count(macro_f1: float, false_minus1: float, trusted: bool) -> None:
    assert result(macro_f1, false_minus1).trusted is trusted


def test_the_same_exam_is_not_taken_twice(store: Store) -> None:
    judge = Fake(good=True)
    assert known_result(store, judge, ROWS) is None
    first = exam_of(store, judge, ROWS)
    assert exam_of(store, judge, ROWS) == first
    assert judge.asked == 1
    exam_of(store, Fake(good=True, fingerprint="another model"), ROWS)
    assert known_result(store, judge, ROWS[1:]) is None
    relabelled = [replace(ROWS[0], score=0 if ROWS[0].score else 1), *ROWS[1:]]
    assert set_sha256(relabelled) != set_sha256(ROWS)


def test_the_sample_has_every_category_and_is_always_the_same() -> None:
    rows = sampled_rows()
    assert len(rows) == 88
    assert rows == sampled_rows()
    assert {row.lang for row in rows} == {"en", "de", "fr", "es"}
    assert {row.split for row in exam_rows()} == {"test"}


def only(classifier_passes: bool) -> Callable[..., ExamResult]:
    """An exam that the classifier passes or fails; others take the real one."""

    def taken(store: Store, judge: object, rows: Sequence[Labelled]) -> ExamResult:
        if isinstance(judge, Fake):
            return exam_of(store, judge, rows)
        return result(0.8, 0.01) if classifier_passes else result(0.41, 0.01)

    return taken


@pytest.mark.parametrize(
    ("good", "passes", "used", "said"),
    [
        (True, True, "language_model", "The model reads your reactions"),
        (False, True, "classifier", "The model is not good enough"),
        (None, True, "classifier", "The built-in reader reads"),
        (False, False, "hindsight", "so what you say is only kept for now."),
        (None, False, "hindsight", "(0.41 of 0.75), so what you say is only kept for now."),
    ],
)
def test_the_next_one_down_stands_in(
    store: Store, monkeypatch: pytest.MonkeyPatch, good: bool | None, passes: bool, used: str, said: str
) -> None:
    monkeypatch.setattr(choice, "exam_of", only(passes))
    model = None if good is None else Fake(good=good)
    chosen = choose_judge(store, JudgeSettings(), model, rows=ROWS)
    assert chosen.judge.backend == used
    assert said in chosen.line
    assert judge_line(store) == chosen.line


def test_a_model_that_does_not_answer_its_exam(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "exam_of", only(True))
    chosen = choose_judge(store, JudgeSettings(), Fake(good=True, fails=True), rows=ROWS)
    assert chosen.judge.backend == "classifier"
    assert "(The model does not answer)" in chosen.line


def test_an_exam_is_only_taken_when_wanted(store: Store) -> None:
    judge = Fake(good=True)
    choose_judge(store, JudgeSettings(), judge, take_exam=False, rows=ROWS)
    assert judge.asked == 0
    exam_of(store, judge, ROWS)
    assert choose_judge(store, JudgeSettings(), judge, take_exam=False, rows=ROWS).judge.backend == "language_model"


def test_rules_only_by_hand_and_a_missing_model_is_said(store: Store) -> None:
    assert judge_line(store) == NOT_CHOSEN
    assert choose_judge(store, JudgeSettings(backend="rules")).judge.backend == "rules"
    assert "cannot be reached" in choose_judge(store, JudgeSettings(backend="model"), rows=ROWS).line
    chosen = choose_judge(store, JudgeSettings(backend="classifier"), Fake(good=True), rows=ROWS)
    assert chosen.judge.backend != "language_model"


def test_a_damaged_classifier_is_no_failure(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> None:
        raise BadInput("classifier.npz cannot be read.")

    monkeypatch.setattr(choice, "ClassifierJudge", damaged)
    chosen = choose_judge(store, JudgeSettings(), rows=ROWS)
    assert chosen.judge.backend == "hindsight"
    assert "classifier.npz" in chosen.line


def test_a_judge_that_stops_answering_is_replaced_for_good() -> None:
    model = Fake(good=True, fails=True)
    both = WithStandIn(model, RulesJudge())
    assert both.backend == "language_model"
    assert both.judge([Case("", "", "thanks")])[0].backend == "rules"
    assert (both.backend, both.fingerprint) == ("rules", RulesJudge.fingerprint)
    both.judge([Case("", "", "thanks")])
    assert model.asked == 1


def test_hindsight_has_no_opinion_and_keeps_the_words() -> None:
    (verdict,) = HindsightJudge().judge([Case("a", "b", "Too long!")])
    assert (verdict.score, verdict.hint, verdict.hindsight) == (0, None, "Too long!")
