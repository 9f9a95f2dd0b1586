"""Turns: what the model read and wrote, to the token. A turn never changes."""

from __future__ import annotations

import json
import sqlite3

from assistant.errors import NotFound
from assistant.ids import new_id
from assistant.store.blobs import pack_ids, pack_logprobs, unpack_ids, unpack_logprobs
from assistant.store.messages import message_of
from assistant.store.records import Message, NewTurn, Turn, TurnKind
from assistant.store.sql import Connection, now, to_json

_RECENT = """
    SELECT turns.* FROM turns JOIN conversations ON conversations.id = turns.conversation_id
    WHERE turns.kind = ? AND conversations.deleted_at IS NULL ORDER BY turns.seq DESC LIMIT ?"""

_BELOW = "SELECT * FROM messages WHERE conversation_id = ? AND parent_id = ? ORDER BY seq"


class Turns:
    """Reads and writes `turns`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, turn: NewTurn, *, turn_id: str | None = None) -> Turn:
        """Keeps a turn; log-probabilities are kept as float32.

        `turn_id` is an id from `new_id` that was told to somebody before the turn was complete.

        Raises:
            NotFound: no such message in that conversation, or no such version.
        """
        turn_id = turn_id or new_id()
        row = {
            "id": turn_id,
            "message_id": turn.message_id,
            "conversation_id": turn.conversation_id,
            "kind": turn.kind,
            "prompt_token_ids": pack_ids(turn.prompt_token_ids),
            "reply_token_ids": pack_ids(turn.reply_token_ids),
            "logprobs": pack_logprobs(turn.logprobs),
            "sampler": to_json(turn.sampler),
            "model_hash": turn.model_hash,
            "template_hash": turn.template_hash,
            "version": turn.version,
            "finish_reason": turn.finish_reason,
            "memory_ids": to_json(turn.memory_ids),
            "tools": None if turn.tools is None else to_json(turn.tools),
            "created_at": now(),
        }
        self._db.insert("turns", row)
        return self.get(turn_id)

    def get(self, turn_id: str) -> Turn:
        """One turn; `last` is the latest main-line turn outside the trash.

        Raises:
            NotFound: there is none.
        """
        if turn_id != "last":
            return turn_of(self._db.one("turn", "SELECT * FROM turns WHERE id = ?", [turn_id]))
        latest = self.recent(1)
        if not latest:
            raise NotFound("There is no turn yet.")
        return latest[0]

    def of_message(self, message_id: str) -> Turn | None:
        """The turn that wrote this message."""
        row = self._db.row("SELECT * FROM turns WHERE message_id = ?", [message_id])
        return turn_of(row) if row else None

    def recent(self, limit: int, kind: TurnKind = "main") -> list[Turn]:
        """The latest turns outside the trash, newest first."""
        return [turn_of(row) for row in self._db.rows(_RECENT, [kind, limit])]

    def next_message(self, turn_id: str) -> Message | None:
        """The next state: the last message of the user or a tool in the request that followed the reply.

        One request may carry several (the results of several tools); the first branch after the reply counts.

        Raises:
            NotFound: there is no turn with this id.
        """
        turn = self._db.one("turn", "SELECT message_id, conversation_id FROM turns WHERE id = ?", [turn_id])
        found: sqlite3.Row | None = None
        parent = turn["message_id"]
        while True:
            below = self._db.rows(_BELOW, [turn["conversation_id"], parent])
            answered = found is not None and any(row["role"] == "assistant" for row in below)
            said = None if answered else next((row for row in below if row["role"] in ("user", "tool")), None)
            if said is None:
                return message_of(found) if found else None
            found, parent = said, said["id"]


def turn_of(row: sqlite3.Row) -> Turn:
    """The value of a row of `turns`."""
    return Turn(
        id=row["id"],
        message_id=row["message_id"],
        conversation_id=row["conversation_id"],
        kind=row["kind"],
        prompt_token_ids=unpack_ids(row["prompt_token_ids"]),
        reply_token_ids=unpack_ids(row["reply_token_ids"]),
        logprobs=unpack_logprobs(row["logprobs"]),
        sampler=json.loads(row["sampler"]),
        model_hash=row["model_hash"],
        template_hash=row["template_hash"],
        version=row["version"],
        finish_reason=row["finish_reason"],
        memory_ids=json.loads(row["memory_ids"]),
        tools=None if row["tools"] is None else json.loads(row["tools"]),
        created_at=row["created_at"],
    )
