"""Deleting conversations for good: the rows, what was made from them, the search index, the automatic copies.

SQLite overwrites what it frees (`secure_delete`). FTS5 only marks words as gone until its segments are
merged, so they are merged here, and the write-ahead log is emptied. Weights cannot be cleaned here: the
versions are marked instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from assistant.paths import DataDir
from assistant.store.backup import drop_automatic_copies
from assistant.store.sql import Connection, marks, to_json

SHORTEST_QUOTE = 8
"""Characters; shorter texts ("ok", "thanks") are not looked for in run records: they occur everywhere."""

_MARK_VERSIONS = """
    WITH RECURSIVE trained (version_id, lesson_id) AS (
      SELECT version_id, lesson_id FROM version_lessons WHERE lesson_id IN (
        SELECT lessons.id FROM lessons JOIN turns ON turns.id = turn_id WHERE conversation_id IN ({ids}))
      UNION
      SELECT versions.id, lesson_id FROM versions JOIN trained ON versions.parent_id = trained.version_id
    )
    UPDATE versions SET lessons_deleted = lessons_deleted
      + (SELECT count(*) FROM trained WHERE version_id = versions.id)
    WHERE id IN (SELECT version_id FROM trained)"""

# The mark that a lesson was forgotten goes with the lesson, so what held it is given up first.
_GIVE_UP_VERSIONS = """
    WITH RECURSIVE holding (version_id) AS (
      SELECT version_id FROM version_lessons JOIN lessons ON lessons.id = lesson_id
      JOIN turns ON turns.id = turn_id WHERE lessons.state = 'forgotten' AND conversation_id IN ({ids})
      UNION
      SELECT versions.id FROM versions JOIN holding ON versions.parent_id = holding.version_id
    )
    UPDATE versions SET state = 'deleted' WHERE id > 0 AND id IN (SELECT version_id FROM holding)"""

_WORDS = """
    WITH gone AS (SELECT id FROM turns WHERE conversation_id IN ({ids}))
    SELECT content FROM messages WHERE conversation_id IN ({ids})
    UNION SELECT text FROM feedback WHERE turn_id IN gone
    UNION SELECT hint FROM verdicts WHERE turn_id IN gone
    UNION SELECT value FROM verdicts, json_each(hints) WHERE turn_id IN gone
    UNION SELECT hint FROM lessons WHERE turn_id IN gone
    UNION SELECT rewrite FROM lessons WHERE turn_id IN gone
    UNION SELECT text FROM memory_items WHERE source_turn_id IN gone
    UNION SELECT source_text FROM memory_items WHERE source_turn_id IN gone"""

_RECORDS = (("versions", "exam"), ("runs", "exam"), ("run_events", "data"))


def purge(connection: Connection, data: DataDir, conversation_ids: Sequence[str]) -> None:
    """Deletes these conversations so that nothing of them can be read from the data directory's databases.

    Feedback, verdicts, lessons and memory items go with their turns. Copies that the user made elsewhere
    stay.
    """
    with connection.immediate():
        ids, places = list(conversation_ids), marks(conversation_ids)
        connection.write(_MARK_VERSIONS.format(ids=places), ids)
        connection.write(_GIVE_UP_VERSIONS.format(ids=places), ids)
        _erase_quotes(connection, _words(connection, ids))
        connection.write(f"DELETE FROM memory_items WHERE scope = 'conversation' AND scope_ref IN ({places})", ids)
        connection.write(f"DELETE FROM turns WHERE conversation_id IN ({places})", ids)
        connection.write(f"DELETE FROM messages WHERE conversation_id IN ({places})", ids)
        connection.write(f"DELETE FROM conversations WHERE id IN ({places})", ids)
        for index in ("messages_fts", "conversations_fts"):
            connection.write(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
    # Best effort: while another process reads, the log is emptied at its next checkpoint or when all have
    # closed.
    connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    drop_automatic_copies(data)


def _words(connection: Connection, ids: list[str]) -> list[str]:
    rows = connection.rows(_WORDS.format(ids=marks(ids)), ids * 2)
    texts = {str(row[0]).strip() for row in rows if row[0] is not None}
    return sorted((text for text in texts if len(text) >= SHORTEST_QUOTE), key=len, reverse=True)


def _erase_quotes(connection: Connection, words: list[str]) -> None:
    """Takes texts that quote deleted words out of exams and run events, leaving figures alone."""
    for table, column in _RECORDS if words else ():
        for row in connection.rows(f"SELECT id, {column} AS record FROM {table}"):
            record = json.loads(row["record"])
            erased = _erased(record, words)
            if erased != record:
                sql = f"UPDATE {table} SET {column} = ? WHERE id = ?"
                connection.write(sql, [to_json(erased), row["id"]])


def _erased(value: Any, words: list[str]) -> Any:
    if isinstance(value, str):
        return "" if any(text in value for text in words) else value
    if isinstance(value, list):
        return [_erased(item, words) for item in value]
    if isinstance(value, dict):
        return {key: _erased(item, words) for key, item in value.items()}
    return value
