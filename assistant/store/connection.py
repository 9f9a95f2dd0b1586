"""The one factory of connections: opens, checks, makes or upgrades the database; knows no query.

The common case, a database of the current format, costs a few milliseconds: sqlite-utils and filelock are
imported only when the tables have to be made or upgraded.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from assistant.errors import EnvironmentProblem, StoreDamaged
from assistant.paths import DataDir
from assistant.store.backup import copy_before
from assistant.store.fileformat import APPLICATION_ID, FORMAT, format_of
from assistant.store.sql import Connection, translated

BUSY_TIMEOUT_S = 10.0


def connect(data: DataDir) -> Connection:
    """A connection to the database of this directory, made or upgraded first where needed.

    Raises:
        StoreTooNew: a newer Mentee wrote it; nothing was changed.
        StoreDamaged: it cannot be read, or is no database of ours.
        EnvironmentProblem: the file cannot be opened for writing.
    """
    path = data.database
    _make_private(path)
    with translated():
        raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        with translated():
            if format_of(raw, path) < FORMAT:
                _upgrade(raw, data)
            _configure(raw)
    except BaseException:
        raw.close()
        raise
    return Connection(raw)


def _make_private(path: Path) -> None:
    # Made here because SQLite would let others read it; its -wal and -shm files take over this mode. An existing
    # file is never opened: closing it would cancel the locks of every connection that this process has to it
    # (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if not path.is_file():
            raise EnvironmentProblem(f"The database {path} cannot be opened (it is not a file).")
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise EnvironmentProblem(f"The database {path} cannot be opened ({error.strerror}).") from error


def _configure(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        raw.execute("PRAGMA journal_mode = WAL")
    # FULL: an acknowledged message survives a power cut.
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA secure_delete = ON")


def _upgrade(raw: sqlite3.Connection, data: DataDir) -> None:
    """Brings the tables to `FORMAT`, all or nothing; one process at a time."""
    from filelock import FileLock

    with FileLock(data.root / "store.lock", mode=0o600):
        found = format_of(raw, data.database)
        if found == FORMAT:
            return
        if found:
            copy_before(raw, data, f"format-{FORMAT}")
        raw.execute("PRAGMA journal_mode = WAL")
        # Off because a migration may rebuild a table that others refer to; checked before the commit instead.
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("BEGIN IMMEDIATE")
        try:
            _migrate(raw)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise


def _migrate(raw: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from assistant.store.schema import migrations

    migrations.apply(Database(raw, recursive_triggers=False, execute_plugins=False))
    if raw.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreDamaged("The database could not be upgraded: some rows refer to missing ones.")
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute(f"PRAGMA user_version = {FORMAT}")
