"""How good verdicts are against labels. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]
"""(label, score)."""

CLASSES = (1, 0, -1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over labelled cases.

    Attributes:
        macro_f1: mean F1 of the classes that occur as label or score.
        false_minus1: share of the cases with another label that were judged -1; 0 where there are none.
        right: share judged as labelled.
        rows: how many cases.
    """

    macro_f1: float
    false_minus1: float
    right: float
    rows: int


def figures(pairs: Iterable[Pair]) -> Figures:
    """The figures of these pairs; all 0 for none."""
    known = list(pairs)
    classes = [one for one in CLASSES if any(one in pair for pair in known)]
    others = [score for label, score in known if label != -1]
    return Figures(
        macro_f1=sum(_f1(known, one) for one in classes) / len(classes) if classes else 0.0,
        false_minus1=sum(score == -1 for score in others) / len(others) if others else 0.0,
        right=sum(label == score for label, score in known) / len(known) if known else 0.0,
        rows=len(known),
    )


def _f1(pairs: Sequence[Pair], wanted: int) -> float:
    hits = sum(1 for label, score in pairs if label == wanted == score)
    return 2 * hits / sum(pair.count(wanted) for pair in pairs)


def calibration_error(chances: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: mean |confidence - share right| over equal bins, weighted by their sizes."""
    shelves: dict[int, list[tuple[float, bool]]] = {}
    for one in chances:
        shelves.setdefault(min(int(one[0] * bins), bins - 1), []).append(one)
    gaps = (abs(sum(chance - right for chance, right in shelf)) for shelf in shelves.values())
    return sum(gaps) / len(chances) if chances else 0.0
