"""Learning runs and what happened in them."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from assistant.ids import new_id
from assistant.store.records import Run, RunEvent, RunOutcome
from assistant.store.sql import Connection, now, to_json

_Runs = list[Run]  # inside the class, `list` is the method
_RunEvents = list[RunEvent]


class Runs:
    """Reads and writes `runs` and `run_events`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def start(self, base_version: int, trigger: str) -> Run:
        """A new run, growing from `base_version`; `trigger` says what set it off.

        Raises:
            NotFound: there is no such version.
        """
        run_id = new_id()
        row = {"id": run_id, "trigger": trigger, "base_version": base_version, "started_at": now()}
        self._db.insert("runs", row)
        return self.get(run_id)

    def get(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none with this id.
        """
        return _run(self._db.one("run", "SELECT * FROM runs WHERE id = ?", [run_id]))

    def event(self, run_id: str, kind: str, data: dict[str, Any]) -> None:
        """Notes something that happened.

        Raises:
            NotFound: there is no such run.
        """
        row = {"id": new_id(), "run_id": run_id, "at": now(), "kind": kind, "data": to_json(data)}
        self._db.insert("run_events", row)

    def finish(
        self,
        run_id: str,
        outcome: RunOutcome,
        reason: str,
        *,
        version_id: int | None = None,
        exam: dict[str, Any] | None = None,
        lessons: int = 0,
    ) -> Run:
        """Ends a run; `lessons` is how many it took.

        Raises:
            NotFound: no such run or version.
        """
        values = {
            "outcome": outcome,
            "reason": reason,
            "finished_at": now(),
            "version_id": version_id,
            "exam": to_json(exam or {}),
            "lessons": lessons,
        }
        self._db.change("run", "runs", run_id, values)
        return self.get(run_id)

    def list(self, limit: int = 50) -> _Runs:
        """The latest runs, newest first."""
        return [_run(row) for row in self._db.rows("SELECT * FROM runs ORDER BY seq DESC LIMIT ?", [limit])]

    def events(self, run_id: str) -> _RunEvents:
        """What happened in a run, in order."""
        rows = self._db.rows("SELECT * FROM run_events WHERE run_id = ? ORDER BY seq", [run_id])
        return [RunEvent(row["run_id"], row["at"], row["kind"], json.loads(row["data"])) for row in rows]

    def unfinished(self) -> _Runs:
        """Runs without an outcome, oldest first: the one going on, and those whose process died."""
        return [_run(row) for row in self._db.rows("SELECT * FROM runs WHERE outcome IS NULL ORDER BY seq")]


def _run(row: sqlite3.Row) -> Run:
    return Run(
        id=row["id"],
        trigger=row["trigger"],
        base_version=row["base_version"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        outcome=row["outcome"],
        reason=row["reason"],
        version_id=row["version_id"],
        lessons=row["lessons"],
        exam=json.loads(row["exam"]),
    )
