"""Verdicts: what the judge said of a turn, and which turns nobody has read yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from assistant.ids import new_id
from assistant.store.records import NewVerdict, Verdict
from assistant.store.sql import Connection, marks, now, to_json

# Main-line turns outside the trash that a user's message or a tool's result followed.
_FOLLOWED = """
    SELECT turns.id FROM turns JOIN conversations ON conversations.id = turns.conversation_id
    WHERE turns.kind = 'main' AND conversations.deleted_at IS NULL AND EXISTS (
      SELECT 1 FROM messages WHERE messages.conversation_id = turns.conversation_id
      AND messages.parent_id = turns.message_id AND messages.role IN ('user', 'tool'))"""

_WITHOUT_FEEDBACK = """
    AND NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.turn_id = turns.id AND undone_at IS NULL)"""


class Verdicts:
    """Reads and writes `verdicts`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, verdict: NewVerdict) -> Verdict:
        """Keeps a verdict. Whoever does so looks at the version in use afterwards: `assistant.ledger.taking_back`.

        Raises:
            NotFound: there is no such turn, or no such next message.
        """
        row = {
            "id": new_id(),
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
            "fingerprint": verdict.fingerprint,
            "hints": to_json(verdict.hints),
        }
        self._db.insert("verdicts", row)
        return self.get(str(row["id"]))

    def get(self, verdict_id: str) -> Verdict:
        """One verdict.

        Raises:
            NotFound: there is none with this id.
        """
        return _verdict(self._db.one("verdict", "SELECT * FROM verdicts WHERE id = ?", [verdict_id]))

    def of_turn(self, turn_id: str) -> list[Verdict]:
        """All verdicts on a turn, oldest first."""
        rows = self._db.rows("SELECT * FROM verdicts WHERE turn_id = ? ORDER BY seq", [turn_id])
        return [_verdict(row) for row in rows]

    def withdraw(self, turn_id: str, backend: str, category: str) -> None:
        """Removes what was noted of an act that the user has taken back."""
        sql = "DELETE FROM verdicts WHERE turn_id = ? AND backend = ? AND category = ?"
        self._db.write(sql, [turn_id, backend, category])

    def followed(self, limit: int, before: float) -> list[str]:
        """Ids of the latest turns made before a moment (unix seconds) that something followed, newest first."""
        sql = f"{_FOLLOWED} AND turns.created_at < ? ORDER BY turns.seq DESC LIMIT ?"
        return [str(row["id"]) for row in self._db.rows(sql, [before, limit])]

    def never_read(self, observed: str) -> int:
        """How many turns that something followed have neither feedback nor any judge's verdict.

        Args:
            observed: the back end that is no judge.
        """
        read = "SELECT 1 FROM verdicts WHERE verdicts.turn_id = turns.id AND backend <> ?"
        sql = f"SELECT count(*) FROM ({_FOLLOWED} {_WITHOUT_FEEDBACK} AND NOT EXISTS ({read}))"
        return int(self._db.rows(sql, [observed])[0][0])

    def unread(self, backend: str, fingerprint: str, above: Sequence[str], limit: int) -> list[str]:
        """Ids of turns that something followed and that wait for this judge, newest first.

        Args:
            backend, fingerprint: which judge; what it has read it does not read again.
            above: better back ends; what one of these has read stays as it is.
            limit: how many at most; -1 for all.
        """
        sql = f"""{_FOLLOWED} {_WITHOUT_FEEDBACK} AND NOT EXISTS (
            SELECT 1 FROM verdicts WHERE verdicts.turn_id = turns.id
            AND ((backend = ? AND fingerprint = ?) OR backend IN ({marks(above)})))
          ORDER BY turns.seq DESC LIMIT ?"""
        return [str(row["id"]) for row in self._db.rows(sql, [backend, fingerprint, *above, limit])]


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
        fingerprint=row["fingerprint"],
        hints=tuple(json.loads(row["hints"])),
    )
