"""One sqlite3 connection with transactions and translated errors; knows no table.

Every error of SQLite leaves this module as one of ours, so that no other room has to know sqlite3.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assistant.errors import DiskFull, EnvironmentProblem, InternalBug, MenteeError, NotFound, StoreDamaged

Values = Sequence[Any]


def now() -> float:
    """The time as the store writes it: unix seconds UTC."""
    return time.time()


def to_json(value: Any) -> str:
    """JSON as the store writes it.

    Raises:
        InternalBug: JSON has no form for it; infinities and NaN count, since other programs cannot read them.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InternalBug(f"This cannot be stored as JSON ({error}).") from error


def marks(values: Values) -> str:
    """Placeholders for an SQL list: `?,?,?`."""
    return ",".join("?" * len(values))


def translate(error: sqlite3.Error) -> MenteeError:
    """The error of ours that says what an error of SQLite means to the user."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    primary = code & 0xFF  # https://www.sqlite.org/rescode.html: the low byte is the primary code
    if primary == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return DiskFull("The disk is full: the last change was not saved.")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged("The database is damaged; restore a backup with `mentee restore`.")
    if primary == sqlite3.SQLITE_BUSY:
        return EnvironmentProblem("Another process kept the database busy for too long; try again.")
    if primary in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
    ):
        return EnvironmentProblem(f"The database cannot be read or written ({error}).")
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return NotFound("Something that this refers to is not in the database.")
    return InternalBug(f"SQLite: {error}")


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLite raised inside leave as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from error


class Connection:
    """A connection of one thread.

    Attributes:
        raw: the sqlite3 connection, in autocommit mode: transactions are begun here and nowhere else.
    """

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        raw.row_factory = sqlite3.Row

    def rows(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with translated():
            rows: list[sqlite3.Row] = self.raw.execute(sql, values).fetchall()
        return rows

    def row(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with translated():
            row: sqlite3.Row | None = self.raw.execute(sql, values).fetchone()
        return row

    def one(self, what: str, sql: str, values: Values) -> sqlite3.Row:
        """The first row of a query.

        Raises:
            NotFound: there is none; the message names `what` and the first value.
        """
        row = self.row(sql, values)
        if row is None:
            raise NotFound(f"There is no {what} {values[0]}.")
        return row

    def write(self, sql: str, values: Values = ()) -> int:
        """One writing statement, a transaction of its own outside `immediate`; how many rows it touched."""
        with translated():
            try:
                return self.raw.execute(sql, values).rowcount
            except UnicodeEncodeError:
                # Half of a surrogate pair, as JSON from a client may hold; SQLite stores UTF-8 only.
                return self.raw.execute(sql, [_storable(value) for value in values]).rowcount

    def insert(self, table: str, row: dict[str, Any]) -> None:
        """One new row; `row` maps column names (ours, never a user's) to values."""
        columns = ",".join(f'"{name}"' for name in row)
        self.write(f"INSERT INTO {table} ({columns}) VALUES ({marks(list(row))})", list(row.values()))

    def change(self, what: str, table: str, row_id: object, values: dict[str, Any]) -> None:
        """Sets columns of the row with this id.

        Raises:
            NotFound: there is none; the message names `what`.
        """
        columns = ",".join(f'"{name}" = ?' for name in values)
        if not self.write(f"UPDATE {table} SET {columns} WHERE id = ?", [*values.values(), row_id]):
            raise NotFound(f"There is no {what} {row_id}.")

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """A write transaction, locked from the start so that what was read still holds; nests as savepoints.

        A deferred transaction that reads first fails at once with SQLITE_BUSY_SNAPSHOT when another process
        has written in between, whatever the busy timeout.
        """
        nested = self.raw.in_transaction
        begin, end = ("SAVEPOINT inner", "RELEASE inner") if nested else ("BEGIN IMMEDIATE", "COMMIT")
        with translated():
            self.raw.execute(begin)
        try:
            yield
            with translated():
                self.raw.execute(end)
        except BaseException:
            # A full disk may have ended the whole transaction already.
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK TO inner" if nested else "ROLLBACK")
                if nested:
                    self.raw.execute("RELEASE inner")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads inside see one state of the database. Keep it short: it holds up checkpoints."""
        if self.raw.in_transaction:
            yield
            return
        with translated():
            self.raw.execute("BEGIN")
        try:
            yield
        finally:
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")


def _storable(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
