"""Judges a file of JSON lines and measures the judge where the lines carry labels. Pure; reads no files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.conversation.judging import RuleVerdict, judge
from assistant.errors import BadInput

_CLASSES = (1, 0, -1)


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line: a verdict, or why there is none. `number` counts from 1."""

    number: int
    verdict: RuleVerdict | None
    label: int | None = None
    error: str = ""


def judge_lines(lines: Iterable[str]) -> Iterator[JudgedLine]:
    """Judges lines `{"messages": [...], "next_state": {"role", "content"}, "label"?}`; skips empty ones."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _judge(number, line)
        except (BadInput, RecursionError) as error:
            yield JudgedLine(number, None, error=str(error))


def _judge(number: int, line: str) -> JudgedLine:
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
    if label is not None and label not in _CLASSES:
        raise BadInput("label must be 1, 0 or -1")
    return JudgedLine(number, judge(messages, row["next_state"]), label)


def measure(judged: Iterable[JudgedLine]) -> dict[str, Any] | None:
    """Macro-F1 over the classes that occur as label or verdict, and the share of other labels judged -1.

    Returns:
        None where no line has a label.
    """
    pairs = [(one.label, one.verdict.score) for one in judged if one.label is not None and one.verdict]
    if not pairs:
        return None
    classes = [one for one in _CLASSES if any(one in pair for pair in pairs)]
    others = [score for label, score in pairs if label != -1]
    false_minus1 = sum(score == -1 for score in others) / len(others) if others else 0.0
    scores = [_f1(pairs, one) for one in classes]
    return {
        "macro_f1": round(sum(scores) / len(scores), 4),
        "false_minus1_rate": round(false_minus1, 4),
        "labelled": len(pairs),
    }


def _f1(pairs: list[tuple[int, int]], wanted: int) -> float:
    hits = sum(1 for label, score in pairs if label == wanted == score)
    named = sum(pair.count(wanted) for pair in pairs)
    return 2 * hits / named
