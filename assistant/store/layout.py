"""The form of an export: which tables, in which order, and how a column looks in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assistant.store.blobs import pack_ids, pack_logprobs, unpack_ids, unpack_logprobs
from assistant.store.sql import Connection, to_json

EXPORT_FORMAT = "mentee-export"
EXPORT_VERSION = 1

# No row comes before one that it refers to, apart from runs, which refer to versions and the other way round;
# what runs refer to is checked at the end of the transaction.
TABLES = (
    "conversations",
    "messages",
    "runs",
    "versions",
    "turns",
    "feedback",
    "verdicts",
    "lessons",
    "memory_items",
    "version_lessons",
    "run_events",
    "state",
)

KEYS = {"version_lessons": "version_id, lesson_id", "state": "key"}
"""What makes a row the same in two databases, where it is not `id`."""

_JSON_COLUMNS = ("tool_calls", "sampler", "memory_ids", "tools", "votes", "hints", "exam", "data")

DECODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_JSON_COLUMNS, json.loads),
    "prompt_token_ids": unpack_ids,
    "reply_token_ids": unpack_ids,
    "logprobs": unpack_logprobs,
}
ENCODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_JSON_COLUMNS, to_json),
    "prompt_token_ids": pack_ids,
    "reply_token_ids": pack_ids,
    "logprobs": pack_logprobs,
}


def columns_of(connection: Connection, table: str) -> list[str]:
    """The columns of a table that travel: all but `seq`, for which the order of the list stands."""
    names = [str(row["name"]) for row in connection.rows(f"PRAGMA table_info({table})")]
    return [name for name in names if name != "seq"]


def order_of(table: str) -> str:
    """The column that a table's rows are listed by."""
    return KEYS.get(table, "id" if table == "versions" else "seq")
