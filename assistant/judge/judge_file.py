"""Judges a file of JSON lines and measures the judge where the lines carry labels. Pure; reads no files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.errors import BadInput
from assistant.judge.case import Case, Judge, Verdict, case_of
from assistant.judge.rules import RulesJudge
from assistant.judge.scoring import CLASSES, figures

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line: a verdict, or why there is none. `number` counts from 1."""

    number: int
    verdict: Verdict | None
    label: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    case: Case | None
    label: int | None = None
    error: str = ""


def judge_lines(lines: Iterable[str], judge: Judge | None = None) -> Iterator[JudgedLine]:
    """Judges lines `{"messages": [...], "next_state": {"role", "content"}, "label"?}`; skips empty ones.

    Args:
        lines: the file.
        judge: who judges; the rules when not given.
    """
    used = judge or RulesJudge()
    read = _read_lines(lines)
    while part := list(itertools.islice(read, _AT_ONCE)):
        verdicts = iter(used.judge([one.case for one in part if one.case is not None]))
        for one in part:
            verdict = next(verdicts) if one.case is not None else None
            yield JudgedLine(one.number, verdict, one.label, one.error)


def _read_lines(lines: Iterable[str]) -> Iterator[_Line]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _read(number, line)
        except (BadInput, RecursionError) as error:
            yield _Line(number, None, error=str(error))


def _read(number: int, line: str) -> _Line:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadInput("not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("next_state"), dict):
        raise BadInput("needs messages and next_state")
    messages = row.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BadInput("messages must be a list of objects")
    label = row.get("label")
    if label is not None and (label not in CLASSES or isinstance(label, bool)):
        raise BadInput("label must be 1, 0 or -1")
    return _Line(number, case_of(messages, row["next_state"]), label)


def measure(judged: Iterable[JudgedLine]) -> dict[str, Any] | None:
    """Macro-F1 over the classes that occur as label or verdict, and the share of other labels judged -1.

    Returns:
        None where no line has a label.
    """
    pairs = [(one.label, one.verdict.score) for one in judged if one.label is not None and one.verdict]
    if not pairs:
        return None
    made = figures(pairs)
    return {
        "macro_f1": round(made.macro_f1, 4),
        "false_minus1_rate": round(made.false_minus1, 4),
        "labelled": made.rows,
    }
