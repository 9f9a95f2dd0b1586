"""Small facts about the program's own state, by name; not the user's settings, which are a file."""

from __future__ import annotations

from assistant.store.sql import Connection


class State:
    """Reads and writes `state`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, key: str) -> str | None:
        """The value, None when never set."""
        row = self._db.row("SELECT value FROM state WHERE key = ?", [key])
        return None if row is None else str(row["value"])

    def set(self, key: str, value: str) -> None:
        """Sets the value."""
        sql = "INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._db.write(sql, [key, value])

    def remove(self, key: str) -> None:
        """As if it had never been set."""
        self._db.write("DELETE FROM state WHERE key = ?", [key])
