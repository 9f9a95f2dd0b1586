"""Lessons: the ledger of what may be, was, or must not be trained into a version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from assistant.ids import new_id
from assistant.store.records import Lesson, LessonState, Scope
from assistant.store.sql import Connection, marks, now

_SELECT = """
    SELECT lessons.*, (
      SELECT group_concat(version_id) FROM version_lessons WHERE lesson_id = lessons.id
    ) AS versions FROM lessons"""
_NOT_TRASHED = """
    turn_id IN (
      SELECT turns.id FROM turns JOIN conversations ON conversations.id = turns.conversation_id
      WHERE conversations.deleted_at IS NULL
    )"""

_Lessons = list[Lesson]  # inside the class, `list` is the method


class Lessons:
    """Reads and writes `lessons` and `version_lessons`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(  # noqa: PLR0913 - the columns of the ledger, all by name
        self,
        turn_id: str,
        *,
        polarity: int,
        hint: str | None,
        rewrite: str | None,
        scope: Scope,
        weight: float,
        feedback_id: str | None = None,
        verdict_id: str | None = None,
    ) -> Lesson:
        """A new pending lesson; `polarity` is +1 (again) or -1 (differently), `weight` 0 to 1.

        Raises:
            NotFound: the turn, feedback or verdict does not exist.
        """
        row = {
            "id": new_id(),
            "turn_id": turn_id,
            "feedback_id": feedback_id,
            "verdict_id": verdict_id,
            "polarity": polarity,
            "hint": hint,
            "rewrite": rewrite,
            "scope": scope,
            "weight": weight,
            "state": "pending",
            "created_at": now(),
        }
        self._db.insert("lessons", row)
        return self.get(str(row["id"]))

    def get(self, lesson_id: str) -> Lesson:
        """One lesson.

        Raises:
            NotFound: there is none with this id.
        """
        return _lesson(self._db.one("lesson", f"{_SELECT} WHERE id = ?", [lesson_id]))

    def list(self, states: Iterable[LessonState] | None = None, limit: int = 200) -> _Lessons:
        """The ledger, newest first; all states when `states` is None."""
        wanted = None if states is None else list(states)
        condition = "1" if wanted is None else f"state IN ({marks(wanted)})"
        sql = f"{_SELECT} WHERE {condition} ORDER BY seq DESC LIMIT ?"
        return [_lesson(row) for row in self._db.rows(sql, [*(wanted or []), limit])]

    def of_turn(self, turn_id: str) -> _Lessons:
        """What was made of one turn, oldest first."""
        return [_lesson(row) for row in self._db.rows(f"{_SELECT} WHERE turn_id = ? ORDER BY seq", [turn_id])]

    def withdraw_judged(self, turn_id: str) -> int:
        """Removes what a judge made of a turn and nobody has touched since: pending, in no version; how many."""
        untouched = "state = 'pending' AND id NOT IN (SELECT lesson_id FROM version_lessons)"
        sql = f"DELETE FROM lessons WHERE turn_id = ? AND verdict_id IS NOT NULL AND {untouched}"
        return self._db.write(sql, [turn_id])

    def pending(self) -> _Lessons:
        """What the next run takes, oldest first; lessons from conversations in the trash wait."""
        sql = f"{_SELECT} WHERE state = 'pending' AND {_NOT_TRASHED} ORDER BY seq"
        return [_lesson(row) for row in self._db.rows(sql)]

    def set_state(self, lesson_id: str, state: LessonState) -> None:
        """Sets the state.

        Raises:
            NotFound: there is none with this id.
        """
        self._db.change("lesson", "lessons", lesson_id, {"state": state})

    def mark_learned(self, lesson_ids: Sequence[str], version_id: int) -> None:
        """Notes that a version was trained on these lessons.

        One that the user excluded or forgot while the run went on is noted too, but keeps its state.

        Raises:
            NotFound: a lesson or the version does not exist; nothing was changed.
        """
        with self._db.immediate():
            link(self._db, version_id, lesson_ids)
            for lesson_id in lesson_ids:
                sql = "UPDATE lessons SET state = 'learned' WHERE id = ? AND state = 'pending'"
                self._db.write(sql, [lesson_id])

    def of_version(self, version_id: int) -> _Lessons:
        """The lessons that a version was trained on, oldest first."""
        condition = "id IN (SELECT lesson_id FROM version_lessons WHERE version_id = ?)"
        rows = self._db.rows(f"{_SELECT} WHERE {condition} ORDER BY seq", [version_id])
        return [_lesson(row) for row in rows]


def link(connection: Connection, version_id: int, lesson_ids: Sequence[str]) -> None:
    """Notes that these lessons are in that version; those already noted stay."""
    for lesson_id in lesson_ids:
        sql = "INSERT INTO version_lessons VALUES (?, ?) ON CONFLICT DO NOTHING"
        connection.write(sql, [version_id, lesson_id])


def _lesson(row: sqlite3.Row) -> Lesson:
    versions = row["versions"]
    return Lesson(
        id=row["id"],
        turn_id=row["turn_id"],
        feedback_id=row["feedback_id"],
        verdict_id=row["verdict_id"],
        polarity=row["polarity"],
        hint=row["hint"],
        rewrite=row["rewrite"],
        scope=row["scope"],
        weight=row["weight"],
        state=row["state"],
        created_at=row["created_at"],
        versions=tuple(sorted(int(part) for part in versions.split(","))) if versions else (),
    )
