"""How a file shows that it is a Mentee database, and of which format; knows no table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from assistant.errors import StoreDamaged, StoreTooNew

FORMAT = 2
"""Number of migrations in schema.py; kept in the file as `user_version`."""

APPLICATION_ID = 0x4D6E7465
"""Says that a SQLite file is ours ("Mnte"; https://www.sqlite.org/pragma.html#pragma_application_id)."""


def format_of(raw: sqlite3.Connection, path: Path) -> int:
    """The format of a database, 0 for an empty file; reads only. Errors of SQLite pass through untranslated.

    Raises:
        StoreTooNew: a newer Mentee wrote it.
        StoreDamaged: it is a database, but not one of ours.
    """
    # In one transaction, because another process may be making the tables right now.
    raw.execute("BEGIN")
    try:
        found: int = raw.execute("PRAGMA user_version").fetchone()[0]
        application: int = raw.execute("PRAGMA application_id").fetchone()[0]
        tables: int = raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
    if not (found or application or tables):
        return 0
    if application != APPLICATION_ID:
        raise StoreDamaged(f"{path} is not a Mentee database.")
    if found > FORMAT:
        raise StoreTooNew(
            f"{path} was written by a newer Mentee (format {found}; this one knows up to {FORMAT}): "
            "please update Mentee."
        )
    return found
