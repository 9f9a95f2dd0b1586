"""How replies were received: +1 or -1 for each reply that somebody or something has judged."""

from __future__ import annotations

from assistant.store.sql import Connection

# Explicit feedback that is not undone outranks verdicts; of several the last counts. A fact that the user told on
# the occasion says nothing about the reply, and neither do weak signs (`assistant.judge.signs`) or a case that no judge
# could read. With max() SQLite takes the other columns from the row of the maximum.
_SIGNALS = """
    WITH said AS (
      SELECT turn_id, kind, scope, max(seq) FROM feedback WHERE undone_at IS NULL GROUP BY turn_id
    ), judged AS (
      SELECT turn_id, score, max(seq) FROM verdicts
      WHERE backend <> 'observed' AND category <> 'unread' GROUP BY turn_id
    ), received AS (
      SELECT turns.seq, CASE
        WHEN said.scope = 'fact' THEN 0
        WHEN said.kind = 'praise' THEN 1
        WHEN said.kind IS NOT NULL THEN -1
        ELSE judged.score
      END AS signal
      FROM (SELECT turn_id FROM said UNION SELECT turn_id FROM judged) AS heard
      JOIN turns ON turns.id = heard.turn_id
      LEFT JOIN said ON said.turn_id = turns.id LEFT JOIN judged ON judged.turn_id = turns.id
      WHERE turns.kind = 'main' AND turns.model_hash = ? AND turns.version = ?
    )
    SELECT signal FROM received WHERE signal <> 0 ORDER BY seq"""


class Signals:
    """Reads turns, feedback and verdicts together; writes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of_version(self, model_hash: str, version_id: int) -> list[int]:
        """+1 (praise, a good verdict) or -1 (dislike, correction, rewrite, a bad verdict), oldest reply first.

        Main-line replies of that model's version only; those without a signal are left out.
        """
        return [int(row["signal"]) for row in self._db.rows(_SIGNALS, [model_hash, version_id])]
