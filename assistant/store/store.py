"""The store as the other rooms see it: one object per thread, one attribute per noun."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from assistant.errors import StoreDamaged
from assistant.paths import DataDir
from assistant.store import backup as backups
from assistant.store import search as searching
from assistant.store.connection import connect
from assistant.store.conversations import Conversations
from assistant.store.feedback import FeedbackBook
from assistant.store.lessons import Lessons
from assistant.store.memory import Memory
from assistant.store.messages import Messages
from assistant.store.records import SearchHit
from assistant.store.runs import Runs
from assistant.store.signals import Signals
from assistant.store.sql import Connection
from assistant.store.state import State
from assistant.store.turns import Turns
from assistant.store.verdicts import Verdicts
from assistant.store.versions import Versions


class Store:
    """An open database. Belongs to the thread that opened it; every thread and process opens its own.

    Each writing method is a transaction of its own; inside `immediate()` they become one. Any method may
    raise DiskFull (nothing of its change was kept), StoreDamaged, or EnvironmentProblem when another process
    keeps the database busy.

    Attributes:
        data: the data directory that the database lies in.
        connection: for this room only.
    """

    def __init__(self, connection: Connection, data: DataDir) -> None:
        self.connection = connection
        self.data = data
        self.conversations = Conversations(connection, data)
        self.messages = Messages(connection)
        self.turns = Turns(connection)
        self.feedback = FeedbackBook(connection)
        self.verdicts = Verdicts(connection)
        self.lessons = Lessons(connection)
        self.memory = Memory(connection)
        self.versions = Versions(connection)
        self.runs = Runs(connection)
        self.signals = Signals(connection)
        self.state = State(connection)

    @classmethod
    def open(cls, data: DataDir) -> Store:
        """Opens the database of a data directory, making or upgrading it where needed.

        Raises:
            StoreTooNew: a newer Mentee wrote it; nothing was changed.
            StoreDamaged: it cannot be read, or is not one of ours.
            EnvironmentProblem: the file cannot be opened.
        """
        return cls(connect(data), data)

    def immediate(self) -> AbstractContextManager[None]:
        """A transaction that holds the write lock from the start: what is read inside stays true to its end.

        An exception takes back everything written inside. Keep it short: other writers wait (at most 10 s).
        """
        return self.connection.immediate()

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads that see one state of the database. Keep it short; write nothing inside."""
        return self.connection.snapshot()

    def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        """Where the words of `text` occur in titles and messages; see search.py for what it may hold."""
        return searching.search(self.connection, text, limit)

    def check(self) -> list[str]:
        """What is wrong with the database, a line each; empty when it is sound."""
        try:
            problems = [str(row[0]) for row in self.connection.rows("PRAGMA quick_check")]
            rows = self.connection.rows("PRAGMA foreign_key_check")
        except StoreDamaged as error:
            return [str(error)]
        strays = [f"a row of {row['table']} refers to a missing one of {row['parent']}" for row in rows]
        return [line for line in problems if line != "ok"] + strays

    def backup(self, target: Path) -> Path:
        """A checked copy, taken while the database is in use; returns its path (`target` may be a folder)."""
        return backups.copy_to(self.connection.raw, target)

    def close(self) -> None:
        """Closes the connection; the last one to close folds the write-ahead log into the database."""
        self.connection.raw.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
