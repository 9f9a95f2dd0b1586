"""Taking the data out and in: everything as JSON, a conversation as Markdown, lessons as training rows.

The JSON form follows the tables column by column. Left out: `seq` (the order of the lists says the same), the
search index (rebuilt by triggers), downloads and adapter files (they belong to one machine).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from assistant.errors import NotFound
from assistant.store.importing import import_json
from assistant.store.layout import DECODERS, EXPORT_FORMAT, EXPORT_VERSION, TABLES, columns_of, order_of
from assistant.store.records import Lesson
from assistant.store.sql import now
from assistant.store.store import Store

__all__ = ["export_json", "export_markdown", "export_training", "import_json"]

_SPEAKERS = {"user": "You", "assistant": "Mentee", "system": "System", "tool": "Tool"}


def export_json(store: Store) -> dict[str, Any]:
    """Everything, as one value that JSON can hold. Every database has the base model's row: left out."""
    with store.snapshot():
        tables = {table: _exported(store, table) for table in TABLES}
    return {"format": EXPORT_FORMAT, "version": EXPORT_VERSION, "exported_at": now(), **tables}


def export_markdown(store: Store, conversation_id: str) -> str:
    """The path of a conversation that is on show.

    Raises:
        NotFound: there is no such conversation.
    """
    with store.snapshot():
        conversation = store.conversations.get(conversation_id)
        path = store.messages.path(conversation.leaf_id) if conversation.leaf_id else []
    parts = [f"# {conversation.title or 'Conversation'}"]
    parts += [f"## {_SPEAKERS[message.role]}\n\n{message.content.strip()}" for message in path]
    return "\n\n".join(parts) + "\n"


def export_training(store: Store) -> Iterator[dict[str, Any]]:
    """The lessons as labelled rows, oldest first, one conversation's words each.

    `messages` is what came before the reply; `chosen` and `rejected` are replies, None where there is none;
    `correction` is what the user or the judge said should have been different; `score` is +1 or -1; `version`
    wrote the reply. Lessons that were excluded or forgotten, or lie in the trash, are left out.
    """
    for lesson in reversed(store.lessons.list(("pending", "learned"), limit=-1)):
        try:
            with store.snapshot():
                row = _training_row(store, lesson)
        except NotFound:  # deleted for good since the list was made
            continue
        if row is not None:
            yield row


def _training_row(store: Store, lesson: Lesson) -> dict[str, Any] | None:
    turn = store.turns.get(lesson.turn_id)
    if store.conversations.get(turn.conversation_id).deleted_at is not None:
        return None
    *before, reply = store.messages.path(turn.message_id)
    said = store.feedback.get(lesson.feedback_id).text if lesson.feedback_id else None
    return {
        "lesson_id": lesson.id,
        "turn_id": turn.id,
        "messages": [{"role": message.role, "content": message.content} for message in before],
        "chosen": reply.content if lesson.polarity > 0 else lesson.rewrite,
        "rejected": reply.content if lesson.polarity < 0 else None,
        "correction": lesson.hint if said is None or said == lesson.rewrite else said,
        "score": lesson.polarity,
        "weight": lesson.weight,
        "scope": lesson.scope,
        "state": lesson.state,
        "model_hash": turn.model_hash,
        "version": turn.version,
        "learned_in": list(lesson.versions),
    }


def _exported(store: Store, table: str) -> list[dict[str, Any]]:
    names = columns_of(store.connection, table)
    condition = "WHERE id > 0" if table == "versions" else ""
    rows = store.connection.rows(f"SELECT * FROM {table} {condition} ORDER BY {order_of(table)}")
    return [{name: _decoded(name, row) for name in names} for row in rows]


def _decoded(name: str, row: sqlite3.Row) -> Any:
    value = row[name]
    return DECODERS[name](value) if name in DECODERS and value is not None else value
