"""Conversations: the list on the left of the window, its trash, and which branch is on show."""

from __future__ import annotations

import sqlite3

from assistant.ids import new_id
from assistant.paths import DataDir
from assistant.store.purge import purge
from assistant.store.records import Conversation
from assistant.store.sql import Connection, now

_Conversations = list[Conversation]  # inside the class, `list` is the method


class Conversations:
    """Reads and writes `conversations`."""

    def __init__(self, connection: Connection, data: DataDir) -> None:
        self._db = connection
        self._data = data

    def create(
        self, title: str = "", *, external_id: str | None = None, instructions_off: bool = False
    ) -> Conversation:
        """A new empty conversation; `external_id` is the session id of an outside client."""
        at = now()
        row = {
            "id": new_id(),
            "title": title,
            "created_at": at,
            "updated_at": at,
            "instructions_off": int(instructions_off),
            "external_id": external_id,
        }
        self._db.insert("conversations", row)
        return self.get(str(row["id"]))

    def get(self, conversation_id: str) -> Conversation:
        """One conversation, also from the trash.

        Raises:
            NotFound: there is none with this id.
        """
        sql = "SELECT * FROM conversations WHERE id = ?"
        return _conversation(self._db.one("conversation", sql, [conversation_id]))

    def by_external(self, external_id: str) -> Conversation | None:
        """The conversation of an outside client's session; those in the trash do not count."""
        sql = "SELECT * FROM conversations WHERE external_id = ? AND deleted_at IS NULL"
        row = self._db.row(sql, [external_id])
        return _conversation(row) if row else None

    def list(self, limit: int = 200, *, trashed: bool = False) -> _Conversations:
        """The most recently used first; those in the trash only when asked for."""
        condition = "deleted_at IS NOT NULL" if trashed else "deleted_at IS NULL"
        sql = f"SELECT * FROM conversations WHERE {condition} ORDER BY updated_at DESC, seq DESC LIMIT ?"
        return [_conversation(row) for row in self._db.rows(sql, [limit])]

    def rename(self, conversation_id: str, title: str) -> None:
        """Sets the title; the place in the list stays."""
        self._change(conversation_id, title=title)

    def set_leaf(self, conversation_id: str, message_id: str | None) -> None:
        """Puts the path that ends at this message on show.

        Raises:
            NotFound: no such conversation, or no such message in it.
        """
        self._change(conversation_id, leaf_id=message_id)

    def set_instructions_off(self, conversation_id: str, off: bool) -> None:
        """Whether standing instructions stay out of this conversation's prompts."""
        self._change(conversation_id, instructions_off=int(off))

    def set_system_prompt(self, conversation_id: str, text: str) -> None:
        """Replaces the system prompt; empty means the one of the settings."""
        self._change(conversation_id, system_prompt=text)

    def trash(self, conversation_id: str) -> None:
        """Takes it out of lists, searches and learning; `restore` brings it back."""
        self._change(conversation_id, deleted_at=now())

    def restore(self, conversation_id: str) -> None:
        """Brings it back from the trash; its session id is dropped if a newer conversation uses it."""
        with self._db.immediate():
            external_id = self.get(conversation_id).external_id
            taken = external_id is not None and self.by_external(external_id) is not None
            kept = {"external_id": None} if taken else {}
            self._change(conversation_id, deleted_at=None, **kept)

    def purge(self, conversation_id: str) -> None:
        """Deletes it for good with all that was made from it; see purge.py.

        Raises:
            NotFound: there is none with this id.
        """
        self.get(conversation_id)
        purge(self._db, self._data, [conversation_id])

    def empty_trash(self) -> int:
        """Deletes everything in the trash for good; the number of conversations."""
        sql = "SELECT id FROM conversations WHERE deleted_at IS NOT NULL"
        ids = [str(row["id"]) for row in self._db.rows(sql)]
        if ids:
            purge(self._db, self._data, ids)
        return len(ids)

    def _change(self, conversation_id: str, **values: str | float | None) -> None:
        self._db.change("conversation", "conversations", conversation_id, values)


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(
        id=row["id"],
        title=row["title"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        leaf_id=row["leaf_id"],
        instructions_off=bool(row["instructions_off"]),
        system_prompt=row["system_prompt"],
        external_id=row["external_id"],
        deleted_at=row["deleted_at"],
    )
