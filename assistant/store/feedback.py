"""Explicit feedback: every word of it is kept, the latest that is not undone counts."""

from __future__ import annotations

import sqlite3

from assistant.errors import BadInput
from assistant.ids import new_id
from assistant.store.records import Feedback, FeedbackKind, Scope
from assistant.store.sql import Connection, now

_WORDY = ("correction", "rewrite")


class FeedbackBook:
    """Reads and writes `feedback`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, turn_id: str, kind: FeedbackKind, text: str | None, scope: Scope) -> Feedback:
        """Notes feedback on a turn.

        Raises:
            NotFound: there is no such turn.
            BadInput: a correction or a rewrite without words.
        """
        if kind in _WORDY and not (text and text.strip()):
            raise BadInput(f"A {kind} needs a text.")
        row = {
            "id": new_id(),
            "turn_id": turn_id,
            "kind": kind,
            "text": text,
            "scope": scope,
            "created_at": now(),
        }
        with self._db.immediate():
            self._db.one("turn", "SELECT id FROM turns WHERE id = ?", [turn_id])
            self._db.insert("feedback", row)
            return self.get(str(row["id"]))

    def get(self, feedback_id: str) -> Feedback:
        """One piece of feedback.

        Raises:
            NotFound: there is none with this id.
        """
        sql = "SELECT * FROM feedback WHERE id = ?"
        return _feedback(self._db.one("feedback", sql, [feedback_id]))

    def effective(self, turn_id: str) -> Feedback | None:
        """The feedback that counts."""
        sql = "SELECT * FROM feedback WHERE turn_id = ? AND undone_at IS NULL ORDER BY seq DESC LIMIT 1"
        row = self._db.row(sql, [turn_id])
        return _feedback(row) if row else None

    def history(self, turn_id: str) -> list[Feedback]:
        """All of it, oldest first, the undone included."""
        rows = self._db.rows("SELECT * FROM feedback WHERE turn_id = ? ORDER BY seq", [turn_id])
        return [_feedback(row) for row in rows]

    def undo(self, feedback_id: str) -> Feedback:
        """Takes it back; a second time changes nothing.

        Raises:
            NotFound: there is none with this id.
        """
        self._db.write("UPDATE feedback SET undone_at = ? WHERE id = ? AND undone_at IS NULL", [now(), feedback_id])
        return self.get(feedback_id)


def _feedback(row: sqlite3.Row) -> Feedback:
    return Feedback(
        id=row["id"],
        turn_id=row["turn_id"],
        kind=row["kind"],
        text=row["text"],
        scope=row["scope"],
        created_at=row["created_at"],
        undone_at=row["undone_at"],
    )
