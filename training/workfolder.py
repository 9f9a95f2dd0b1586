"""The working folder of one run: what has been done so far, so that a killed run goes on where it was.

`run.json` names the lessons and the version the run grew from; `rows-<part>.jsonl` gains a line per finished task;
`checkpoint-<part>.pt` is replaced after every batch. A line cut by a crash is dropped when reading.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.paths import DataDir
from training.rows import Row


class WorkFolder:
    """Files of one run under `<data>/runs/<run id>`."""

    def __init__(self, data: DataDir, run_id: str) -> None:
        self.root = data.runs / run_id
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def checkpoint(self, part: str) -> Path:
        """Adapter and optimizer after the last finished batch of one part of the training."""
        return self.root / f"checkpoint-{part}.pt"

    def agrees(self, identity: dict[str, Any]) -> bool:
        """Whether an earlier attempt had the same lessons, hints, model and base version."""
        path = self.root / "run.json"
        return path.exists() and json.loads(path.read_text(encoding="utf-8")) == identity

    def begin(self, identity: dict[str, Any]) -> None:
        """Empties the folder and notes what the run is about."""
        shutil.rmtree(self.root)
        self.root.mkdir(mode=0o700)
        part = self.root / "run.part"
        part.write_text(json.dumps(identity), encoding="utf-8")
        os.replace(part, self.root / "run.json")

    def add_rows(self, part: str, task: str, rows: Sequence[Row]) -> None:
        """Appends the rows of one task, also when there are none; starts a fresh line after one cut by a crash."""
        with (self.root / f"rows-{part}.jsonl").open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                cut = file.read(1) != b"\n"
                file.write(b"\n" if cut else b"")
            file.write(json.dumps({"task": task, "rows": [asdict(row) for row in rows]}).encode() + b"\n")

    def rows(self, part: str) -> dict[str, list[Row]]:
        """Rows by task, of the tasks that were finished."""
        path = self.root / f"rows-{part}.jsonl"
        found: dict[str, list[Row]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            found[record["task"]] = [_row(values) for values in record["rows"]]
        return found


def sweep(data: DataDir, keep: Collection[str]) -> None:
    """Removes the working folders of all runs but those that go on: they hold the user's words as token ids."""
    for folder in data.runs.iterdir():
        if folder.is_dir() and folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def _row(values: dict[str, Any]) -> Row:
    ids = {name: tuple(values[name]) for name in ("student_prompt", "teacher_prompt", "reply")}
    return Row(values["kind"], weight=values["weight"], lesson_id=values["lesson_id"], **ids)
