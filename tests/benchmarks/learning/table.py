"""Records of seasons as Markdown: means over the seeds and their spread. Pure; knows names of figures, nothing else.

A cell is `mean ± standard deviation over the seeds`; over several users the mean over the users is taken within each
seed first. `±` is left out where there is one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, stdev
from typing import Any

Record = dict[str, Any]
Value = Callable[[Record], float | None]

COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("style", "style", 2),
    ("content", "content", 2),
    ("both", "both", 2),
    ("contrast prompts right", "contrast", 2),
    ("task kept, change", "task_change", 2),
    ("arithmetic, change", "arithmetic_change", 2),
    ("KL to base, nats", "kl", 3),
    ("reply tokens", "tokens", 0),
)
"""Heading, figure of the last checkpoint, decimals."""


def last(name: str) -> Value:
    """A figure at the last checkpoint; None where the time limit came before the first."""
    return lambda record: record["checkpoints"][-1].get(name) if record["checkpoints"] else None


def at(checkpoint: int, name: str = "both") -> Value:
    """A figure after so many interactions."""
    return lambda record: next((c[name] for c in record["checkpoints"] if c["at"] == checkpoint), None)


def training_seconds(record: Record) -> float | None:
    """Seconds of all trainings together; None for an arm that trains nothing."""
    spent = [c["seconds"] for c in record["checkpoints"] if "seconds" in c]
    return sum(spent) if spent else None


def most_memory(record: Record) -> float | None:
    """Largest peak of any training, MB."""
    return max((c["peak_mb"] for c in record["checkpoints"] if "peak_mb" in c), default=None)


def per_seed(records: Sequence[Record], value: Value) -> list[float]:
    """For each seed the mean over its records of what has a value."""
    found: dict[int, list[float]] = {}
    for record in records:
        if (one := value(record)) is not None:
            found.setdefault(record["seed"], []).append(float(one))
    return [fmean(values) for values in found.values()]


def cell(values: Sequence[float], decimals: int = 2) -> str:
    """Mean and spread; a dash without values."""
    if not values:
        return "-"
    spread = f" ± {stdev(values):.{decimals}f}" if len(values) > 1 else ""
    return f"{fmean(values):.{decimals}f}{spread}"


def until_cell(records: Sequence[Record]) -> str:
    """Interactions until three in a row, over the seasons in which it happened, and how many these were."""
    found = [record["until_three"] for record in records if record["until_three"] is not None]
    return f"{fmean(found):.1f} ({len(found)}/{len(records)})" if found else f"never (0/{len(records)})"


def summary(records: Sequence[Record]) -> str:
    """One line an arm, at the last checkpoint."""
    heads = [head for head, _, _ in COLUMNS]
    lines = [_line(["arm", *heads, "interactions until three in a row satisfy", "training, s", "peak MB"])]
    lines.append("|---" * (len(heads) + 4) + "|")
    for arm in dict.fromkeys(record["arm"] for record in records):
        own = [record for record in records if record["arm"] == arm]
        cells = [cell(per_seed(own, last(name)), decimals) for _, name, decimals in COLUMNS]
        spent = [cell(per_seed(own, training_seconds), 0), cell(per_seed(own, most_memory), 0)]
        lines.append(_line([arm, *cells, until_cell(own), *spent]))
    return "\n".join(lines)


def curves(records: Sequence[Record], name: str = "both") -> str:
    """One line an arm, one column a checkpoint."""
    points = sorted({checkpoint["at"] for record in records for checkpoint in record["checkpoints"]})
    lines = [_line(["arm", *map(str, points)]), "|---" * (len(points) + 1) + "|"]
    for arm in dict.fromkeys(record["arm"] for record in records):
        own = [record for record in records if record["arm"] == arm]
        lines.append(_line([arm, *(cell(per_seed(own, at(point, name))) for point in points)]))
    return "\n".join(lines)


def report(records: Sequence[Record]) -> str:
    """Everything: each user, then all of them where there are several."""
    users = list(dict.fromkeys(record["user"] for record in records))
    parts = [(f"User {user}", [record for record in records if record["user"] == user]) for user in users]
    if len(users) > 1:
        parts.append((f"All {len(users)} users", list(records)))
    text = "\n\n".join(
        f"## {title}\n\n{summary(some)}\n\nStyle and content together on held-out questions, by interactions:\n\n"
        f"{curves(some)}"
        for title, some in parts
    )
    cut_off = sum(record.get("cut_off", False) for record in records)
    return text + (f"\n\n{cut_off} of {len(records)} seasons were cut off by the time limit." if cut_off else "")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
