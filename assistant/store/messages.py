"""Messages: the nodes of a conversation's tree. Nothing here moves or deletes one."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from assistant.errors import NotFound
from assistant.ids import new_id
from assistant.store.records import Message, MessageState, Role
from assistant.store.sql import Connection, now, to_json


class Messages:
    """Reads and writes `messages`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(  # noqa: PLR0913 - the last three by name
        self,
        conversation_id: str,
        parent_id: str | None,
        role: Role,
        content: str,
        *,
        state: MessageState = "complete",
        tool_calls: list[dict[str, Any]] | None = None,
        tool_call_id: str | None = None,
    ) -> Message:
        """A new message below `parent_id` (None for a first one); which branch is on show does not change.

        Raises:
            NotFound: no such conversation, or the parent is not in it.
        """
        at = now()
        row = {
            "id": new_id(),
            "conversation_id": conversation_id,
            "parent_id": parent_id,
            "role": role,
            "content": content,
            "state": state,
            "created_at": at,
            "updated_at": at,
            "tool_calls": None if tool_calls is None else to_json(tool_calls),
            "tool_call_id": tool_call_id,
        }
        with self._db.immediate():
            values = {"updated_at": at}
            self._db.change("conversation", "conversations", conversation_id, values)
            self._db.insert("messages", row)
            return self.get(str(row["id"]))

    def update(self, message_id: str, content: str, state: MessageState | None = None) -> None:
        """Replaces the text of a message that is being written, and its state where given.

        Raises:
            NotFound: there is none with this id.
        """
        values: dict[str, Any] = {"content": content, "updated_at": now()}
        if state is not None:
            values["state"] = state
        self._db.change("message", "messages", message_id, values)

    def get(self, message_id: str) -> Message:
        """One message.

        Raises:
            NotFound: there is none with this id.
        """
        return message_of(self._db.one("message", "SELECT * FROM messages WHERE id = ?", [message_id]))

    def path(self, leaf_id: str) -> list[Message]:
        """The messages from the first one to this one.

        Raises:
            NotFound: there is none with this id.
        """
        sql = """
            WITH RECURSIVE up AS (
              SELECT messages.*, 0 AS depth FROM messages WHERE id = ?
              UNION ALL
              SELECT messages.*, up.depth + 1 FROM messages JOIN up ON messages.id = up.parent_id
            )
            SELECT * FROM up ORDER BY depth DESC"""
        rows = self._db.rows(sql, [leaf_id])
        if not rows:
            raise NotFound(f"There is no message {leaf_id}.")
        return [message_of(row) for row in rows]

    def children(self, conversation_id: str, parent_id: str | None) -> list[Message]:
        """The variants below one message (None: of the first one), oldest first."""
        sql = "SELECT * FROM messages WHERE conversation_id = ? AND parent_id IS ? ORDER BY seq"
        return [message_of(row) for row in self._db.rows(sql, [conversation_id, parent_id])]

    def mark_interrupted(self, older_than_s: float = 30.0) -> int:
        """Marks replies whose writer is gone: still streaming, but not written to for this many seconds."""
        sql = "UPDATE messages SET state = 'interrupted' WHERE state = 'streaming' AND updated_at <= ?"
        return self._db.write(sql, [now() - older_than_s])


def message_of(row: sqlite3.Row) -> Message:
    """The value of a row of `messages`."""
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        role=row["role"],
        content=row["content"],
        state=row["state"],
        created_at=row["created_at"],
        tool_calls=None if row["tool_calls"] is None else json.loads(row["tool_calls"]),
        tool_call_id=row["tool_call_id"],
    )
