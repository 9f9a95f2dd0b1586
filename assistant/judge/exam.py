"""The exam of a judge: may it be trusted to say what a user's reaction means?

Runs a judge over the labelled test rows. Trusted is one with a macro-F1 above `LEAST_MACRO_F1` over +1, 0 and -1 and
at most `MOST_FALSE_MINUS1` of the other rows judged -1. Results are kept in the store by judge, model, prompt and set,
so that the same exam is not taken twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from assistant.judge.case import Judge, Verdict
from assistant.judge.labelled import Labelled, labelled, sample, set_sha256
from assistant.judge.scoring import Figures, figures
from assistant.store import Store

LEAST_MACRO_F1 = 0.75
MOST_FALSE_MINUS1 = 0.05
TEST_SPLITS = ("test",)
SAMPLE_PER_CATEGORY = 8
"""Rows of each category that a language model is asked about: the whole set would take it an hour on two cores."""

_KEY = "judge.exam"


@dataclass(frozen=True, slots=True)
class ExamResult:
    """How a judge did.

    Attributes:
        unparsable: share of votes that could not be read.
        by_category: F1 says nothing within one label, so look at `right`.
    """

    backend: str
    overall: Figures
    by_category: dict[str, Figures]
    by_language: dict[str, Figures]
    unparsable: float

    @property
    def trusted(self) -> bool:
        """Whether it may train anybody."""
        return self.overall.macro_f1 > LEAST_MACRO_F1 and self.overall.false_minus1 <= MOST_FALSE_MINUS1


def exam_rows() -> list[Labelled]:
    """The rows of the exam."""
    return labelled(*TEST_SPLITS)


def sampled_rows() -> list[Labelled]:
    """The part of them that a language model is asked about."""
    return sample(exam_rows(), SAMPLE_PER_CATEGORY)


def examine(judge: Judge, rows: Sequence[Labelled]) -> ExamResult:
    """Takes the exam."""
    verdicts = judge.judge([row.case for row in rows])
    marked = list(zip(rows, verdicts, strict=True))
    votes = [sum(verdict.votes.as_list()) for verdict in verdicts]
    unparsable = sum(verdict.votes.unparsable for verdict in verdicts)
    return ExamResult(
        judge.backend, _figures(marked), _by(marked, lambda row: row.category), _by(marked, lambda row: row.lang),
        unparsable / max(1, sum(votes)),
    )  # fmt: skip


def known_result(store: Store, judge: Judge, rows: Sequence[Labelled]) -> ExamResult | None:
    """The result of the same exam taken before."""
    kept = store.state.get(_key(judge, rows))
    return None if kept is None else _read(kept)


def exam_of(store: Store, judge: Judge, rows: Sequence[Labelled]) -> ExamResult:
    """The result, taken now if it never was."""
    if (known := known_result(store, judge, rows)) is not None:
        return known
    result = examine(judge, rows)
    store.state.set(_key(judge, rows), json.dumps(asdict(result)))
    return result


def tables(result: ExamResult) -> str:
    """The result as text."""
    lines = [_line("", result.overall, heading=True), _line("all", result.overall)]
    for rows in (result.by_category, result.by_language):
        lines += ["", *(_line(name, one) for name, one in sorted(rows.items()))]
    verdict = "trusted" if result.trusted else "not trusted"
    lines += ["", f"{result.backend}: {verdict}; {result.unparsable:.1%} of the votes could not be read"]
    return "\n".join(lines)


def _line(name: str, one: Figures, *, heading: bool = False) -> str:
    if heading:
        return f"{'':16}{'rows':>6}{'right':>8}{'macro-F1':>10}{'false -1':>10}"
    return f"{name:16}{one.rows:>6}{one.right:>8.3f}{one.macro_f1:>10.3f}{one.false_minus1:>10.3f}"


def _figures(marked: Iterable[tuple[Labelled, Verdict]]) -> Figures:
    return figures((row.score, verdict.score) for row, verdict in marked)


def _by(marked: Sequence[tuple[Labelled, Verdict]], key: Callable[[Labelled], str]) -> dict[str, Figures]:
    names = dict.fromkeys(key(row) for row, _ in marked)
    return {name: _figures(one for one in marked if key(one[0]) == name) for name in names}


def _key(judge: Judge, rows: Sequence[Labelled]) -> str:
    return f"{_KEY}:{judge.backend}:{judge.fingerprint}:{set_sha256(rows)}"


def _read(text: str) -> ExamResult:
    kept = json.loads(text)
    groups = {name: {key: Figures(**one) for key, one in kept[name].items()} for name in ("by_category", "by_language")}
    return ExamResult(
        backend=kept["backend"], overall=Figures(**kept["overall"]), unparsable=kept["unparsable"], **groups
    )
