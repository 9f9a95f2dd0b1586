"""Verdicts: what the judge said of a turn."""

from __future__ import annotations

import json
import sqlite3

from assistant.ids import new_id
from assistant.store.records import NewVerdict, Verdict
from assistant.store.sql import Connection, now, to_json


class Verdicts:
    """Reads and writes `verdicts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, verdict: NewVerdict) -> Verdict:
        """Keeps a verdict. Whoever does so looks at the version in use afterwards: `assistant.ledger.taking_back`.

        Raises:
            NotFound: there is no such turn, or no such next message.
        """
        verdict_id = new_id()
        row = {
            "id": verdict_id,
            "turn_id": verdict.turn_id,
            "score": verdict.score,
            "category": verdict.category,
            "scope": verdict.scope,
            "hint": verdict.hint,
            "confidence": verdict.confidence,
            "backend": verdict.backend,
            "votes": to_json(verdict.votes),
            "next_message_id": verdict.next_message_id,
            "created_at": now(),
        }
        self._db.insert("verdicts", row)
        return _verdict(self._db.one("verdict", "SELECT * FROM verdicts WHERE id = ?", [verdict_id]))

    def of_turn(self, turn_id: str) -> list[Verdict]:
        """All verdicts on a turn, oldest first."""
        rows = self._db.rows("SELECT * FROM verdicts WHERE turn_id = ? ORDER BY seq", [turn_id])
        return [_verdict(row) for row in rows]


def _verdict(row: sqlite3.Row) -> Verdict:
    return Verdict(
        id=row["id"],
        turn_id=row["turn_id"],
        score=row["score"],
        category=row["category"],
        scope=row["scope"],
        hint=row["hint"],
        confidence=row["confidence"],
        backend=row["backend"],
        votes=json.loads(row["votes"]),
        next_message_id=row["next_message_id"],
        created_at=row["created_at"],
    )
