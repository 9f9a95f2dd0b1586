"""Copies of the database: taken while it is in use, checked, and put back; knows no table.

A WAL database is never copied as a file: SQLite's online backup reads one consistent state of it.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from assistant.errors import BadInput, EnvironmentProblem, StoreDamaged
from assistant.paths import DataDir
from assistant.store.fileformat import format_of
from assistant.store.sql import translated

KEPT_COPIES = 3
"""How many automatic copies (before an upgrade or a restore) are kept."""


def copy_to(raw: sqlite3.Connection, target: Path) -> Path:
    """A checked copy of the open database at `target` (a file name, or a folder for a dated name), mode 0600.

    Raises:
        StoreDamaged: the copy does not pass SQLite's check; `target` is untouched.
        EnvironmentProblem: the target cannot be written (DiskFull where that is why).
    """
    if target.is_dir():
        target = _free_name(target, f"mentee-{_stamp()}")
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with translated():
            _fill(raw, part)
        os.replace(part, target)
        _sync(target.parent)
    except OSError as error:
        raise EnvironmentProblem(f"The backup {target} cannot be written ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def copy_before(raw: sqlite3.Connection, data: DataDir, what: str) -> Path:
    """An automatic copy in the data directory, named after what is about to happen; old ones are dropped."""
    target = copy_to(raw, _free_name(data.backups, f"before-{what}-{_stamp()}"))
    for old in automatic_copies(data)[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
    return target


def automatic_copies(data: DataDir) -> list[Path]:
    """The automatic copies, oldest first."""
    return sorted(data.backups.glob("before-*.sqlite3"), key=lambda path: path.stat().st_mtime_ns)


def drop_automatic_copies(data: DataDir) -> None:
    """Removes them, because they hold what has just been deleted for good."""
    for copy in automatic_copies(data):
        copy.unlink(missing_ok=True)


def restore(data: DataDir, file: Path) -> Path | None:
    """Puts a backup in the place of the database, also while other processes have it open.

    An older format is upgraded at the next opening. What was there is copied (or, when it is too damaged to
    be read, moved) aside first.

    Returns:
        Where the previous database was put, None when there was none.

    Raises:
        BadInput: there is no such file, or it is no Mentee database.
        StoreDamaged: the backup itself is damaged.
        StoreTooNew: a newer Mentee wrote it.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    if file.resolve() == data.database.resolve():
        raise BadInput("That file is the database in use.")
    with translated():
        backup = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        _require_ours(backup, file)
        return _put_in_place(backup, data)
    finally:
        backup.close()


def _require_ours(backup: sqlite3.Connection, file: Path) -> None:
    try:
        known = format_of(backup, file)
        problems = [row[0] for row in backup.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise BadInput(f"{file} is not a Mentee database.") from error
        raise StoreDamaged(f"The backup {file} is damaged.") from error
    except StoreDamaged as error:
        raise BadInput(str(error)) from error
    if not known:
        raise BadInput(f"{file} is not a Mentee database.")
    if problems != ["ok"]:
        raise StoreDamaged(f"The backup {file} is damaged.")


def _put_in_place(backup: sqlite3.Connection, data: DataDir) -> Path | None:
    had_one = data.database.exists() and data.database.stat().st_size > 0
    aside: Path | None = None
    try:
        if had_one:
            return _overwrite(backup, data)
    except StoreDamaged:
        aside = _move_aside(data.database)
    copy_to(backup, data.database)
    return aside


def _overwrite(backup: sqlite3.Connection, data: DataDir) -> Path:
    # Written into the open database as one transaction, so that other processes see the old state or the new
    # one.
    with translated():
        live = sqlite3.connect(data.database, timeout=10, isolation_level=None)
    try:
        with translated():
            live.execute("PRAGMA secure_delete = ON")
            aside = copy_before(live, data, "restore")
            backup.backup(live)
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return aside
    finally:
        live.close()


def _move_aside(database: Path) -> Path:
    aside = _free_name(database.parent, f"{database.stem}-damaged-{_stamp()}")
    for suffix in ("-wal", "-shm"):
        extra = database.with_name(database.name + suffix)
        if extra.exists():
            os.replace(extra, aside.with_name(aside.name + suffix))
    os.replace(database, aside)
    return aside


def _fill(raw: sqlite3.Connection, part: Path) -> None:
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        raw.backup(copy)
        # One file without companions, readable from read-only media.
        copy.execute("PRAGMA journal_mode = DELETE")
        problems = [row[0] for row in copy.execute("PRAGMA quick_check(1)")]
    finally:
        copy.close()
    if problems != ["ok"]:
        raise StoreDamaged(f"The database is damaged ({problems[0]}); no backup was made of it.")
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


def _free_name(folder: Path, stem: str) -> Path:
    path = folder / f"{stem}.sqlite3"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}.sqlite3"
        number += 1
    return path
