"""Full-text search over titles and messages."""

from __future__ import annotations

from assistant.store.records import SearchHit
from assistant.store.sql import Connection

_TITLES = """
    SELECT conversations.id AS conversation_id, NULL AS message_id, conversations.title,
      snippet(conversations_fts, 0, char(2), char(3), '…', 16) AS snippet
    FROM conversations_fts JOIN conversations ON conversations.seq = conversations_fts.rowid
    WHERE conversations_fts MATCH ? AND deleted_at IS NULL
    ORDER BY conversations_fts.rank, updated_at DESC LIMIT ?"""

_MESSAGES = """
    SELECT conversation_id, messages.id AS message_id, title,
      snippet(messages_fts, 0, char(2), char(3), '…', 16) AS snippet
    FROM messages_fts JOIN messages ON messages.seq = messages_fts.rowid
    JOIN conversations ON conversations.id = messages.conversation_id
    WHERE messages_fts MATCH ? AND deleted_at IS NULL
    ORDER BY messages_fts.rank, messages.seq DESC LIMIT ?"""


def search(connection: Connection, text: str, limit: int = 50) -> list[SearchHit]:
    """Where all the words of `text` occur, the last also as a beginning; titles first, then best match first.

    Words in double quotes have to follow each other. Nothing else has a meaning: `AND`, `*` or `col:` are
    plain text. The trash and replies still being written are left out.
    """
    query = fts_query(text)
    if not query:
        return []
    rows = connection.rows(_TITLES, [query, limit])
    rows += connection.rows(_MESSAGES, [query, limit - len(rows)])
    return [SearchHit(*row) for row in rows]


def fts_query(text: str) -> str:
    """What the user typed as an FTS5 query that cannot be a syntax error; empty when it holds no word."""
    phrases: list[str] = []
    for place, part in enumerate(text.replace("\0", " ").split('"')):
        # Every second part stood between quotes; the last one may lack the closing quote.
        phrases += [part] if place % 2 else part.split()
    phrases = [phrase for phrase in phrases if any(char.isalnum() for char in phrase)]
    if not phrases:
        return ""
    query = " ".join(f'"{phrase}"' for phrase in phrases)
    open_ended = text[-1:].isalnum()
    return query + "*" if open_ended else query
