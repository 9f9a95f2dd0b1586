"""Memory: standing instructions and facts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from assistant.errors import BadInput
from assistant.ids import new_id
from assistant.store.records import MemoryItem, MemoryKind, MemoryScope, MemoryState
from assistant.store.sql import Connection, marks, now

_MemoryItems = list[MemoryItem]  # inside the class, `list` is the method


class Memory:
    """Reads and writes `memory_items`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self,
        kind: MemoryKind,
        text: str,
        *,
        source_text: str = "",
        source_turn_id: str | None = None,
        scope: MemoryScope = "everywhere",
        scope_ref: str | None = None,
    ) -> MemoryItem:
        """A new active item; `scope_ref` is the conversation id or the topic that `scope` speaks of.

        Raises:
            NotFound: there is no such turn.
            BadInput: empty text, or a narrow scope without `scope_ref`.
        """
        if scope != "everywhere" and scope_ref is None:
            raise BadInput(f"A memory item for one {scope} has to say which.")
        row = {
            "id": new_id(),
            "kind": kind,
            "text": _required(text),
            "source_text": source_text,
            "source_turn_id": source_turn_id,
            "scope": scope,
            "scope_ref": scope_ref,
            "state": "active",
            "created_at": now(),
        }
        self._db.insert("memory_items", row)
        return self.get(str(row["id"]))

    def get(self, item_id: str) -> MemoryItem:
        """One item.

        Raises:
            NotFound: there is none with this id.
        """
        sql = "SELECT * FROM memory_items WHERE id = ?"
        return _item(self._db.one("memory item", sql, [item_id]))

    def list(self, states: Iterable[MemoryState] | None = None) -> _MemoryItems:
        """Items, oldest first; all states when `states` is None."""
        wanted = None if states is None else list(states)
        condition = "1" if wanted is None else f"state IN ({marks(wanted)})"
        sql = f"SELECT * FROM memory_items WHERE {condition} ORDER BY seq"
        return [_item(row) for row in self._db.rows(sql, wanted or [])]

    def set_state(self, item_id: str, state: MemoryState, version_id: int | None = None) -> None:
        """Sets the state; `version_id` is the version that obeys without being told, for `consolidated` only.

        Raises:
            NotFound: no such item or version.
            BadInput: `consolidated` without a version.
        """
        if state == "consolidated" and version_id is None:
            raise BadInput("A consolidated instruction has to say which version obeys it.")
        version = version_id if state == "consolidated" else None
        self._change(item_id, state=state, consolidated_version=version)

    def edit(self, item_id: str, text: str) -> None:
        """Replaces the text; a consolidated item becomes active again, since no version knows the new words.

        Raises:
            NotFound: there is none with this id.
            BadInput: empty text.
        """
        with self._db.immediate():
            state = self.get(item_id).state
            self._change(
                item_id,
                text=_required(text),
                state="active" if state == "consolidated" else state,
                consolidated_version=None,
            )

    def remove(self, item_id: str) -> None:
        """Deletes it for good.

        Raises:
            NotFound: there is none with this id.
        """
        with self._db.immediate():
            self.get(item_id)
            self._db.write("DELETE FROM memory_items WHERE id = ?", [item_id])

    def active_instructions(self, conversation_id: str) -> _MemoryItems:
        """The standing instructions for a conversation's prompts, oldest first.

        None when the conversation has them switched off. Those for a topic are left out: whether a
        conversation is about it is not for the store to say.

        Raises:
            NotFound: there is no such conversation.
        """
        sql = "SELECT instructions_off FROM conversations WHERE id = ?"
        if self._db.one("conversation", sql, [conversation_id])["instructions_off"]:
            return []
        sql = """
            SELECT * FROM memory_items WHERE kind = 'instruction' AND state = 'active'
            AND (scope = 'everywhere' OR (scope = 'conversation' AND scope_ref = ?)) ORDER BY seq"""
        return [_item(row) for row in self._db.rows(sql, [conversation_id])]

    def _change(self, item_id: str, **values: str | int | None) -> None:
        self._db.change("memory item", "memory_items", item_id, values)


def _required(text: str) -> str:
    if not text.strip():
        raise BadInput("A memory item needs a text.")
    return text


def _item(row: sqlite3.Row) -> MemoryItem:
    return MemoryItem(
        id=row["id"],
        kind=row["kind"],
        text=row["text"],
        source_text=row["source_text"],
        source_turn_id=row["source_turn_id"],
        scope=row["scope"],
        scope_ref=row["scope_ref"],
        state=row["state"],
        consolidated_version=row["consolidated_version"],
        created_at=row["created_at"],
    )
