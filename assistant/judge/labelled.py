"""The labelled reactions that ship: cases with what they are worth, for examining a judge and for training one."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import resources
from assistant.judge.case import Case, Category, Score, case_of
from assistant.store.records import Scope

FOLDER = "judge"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case and what a person says of it.

    Attributes:
        split: train, test, or blind (never looked at while anything was made).
        source: the file it comes from; rows of one file share an author.
    """

    case: Case
    score: Score
    category: Category
    scope: Scope
    hint: str
    lang: str
    split: str
    source: str


def labelled(*splits: str) -> list[Labelled]:
    """The rows of these splits (none named: all), files by name."""
    rows = [row for file in set_files() for row in read_labelled(file)]
    return [row for row in rows if not splits or row.split in splits]


def set_files() -> list[Path]:
    """The files of the labelled set."""
    return sorted(resources.path(FOLDER).glob("*.jsonl"))


def read_labelled(file: Path) -> list[Labelled]:
    """The rows of one file."""
    return [_row(json.loads(line), file.stem) for line in file.read_text(encoding="utf-8").splitlines()]


def set_sha256(rows: Sequence[Labelled]) -> str:
    """A name for exactly these rows."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr((row.case, row.score)).encode())
    return digest.hexdigest()


def sample(rows: Sequence[Labelled], per_category: int) -> list[Labelled]:
    """Some of each category, languages in turn, always the same ones."""
    shelves: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for row in rows:
        shelves[row.category, row.lang].append(row)
    chosen: list[Labelled] = []
    for category in dict.fromkeys(row.category for row in rows):
        langs = [list(shelf) for (kind, _), shelf in shelves.items() if kind == category]
        turns = [shelf[at] for at in range(max(map(len, langs))) for shelf in langs if at < len(shelf)]
        chosen += turns[:per_category]
    return chosen


def _row(row: dict[str, Any], source: str) -> Labelled:
    return Labelled(
        case_of(row["messages"], row["next_state"]), cast(Score, row["label"]), cast(Category, row["category"]),
        cast(Scope, row["scope"]), row.get("hint", ""), row["lang"], row["split"], source,
    )  # fmt: skip
