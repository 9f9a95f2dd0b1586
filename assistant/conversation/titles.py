"""A title for a conversation from its first words. Pure."""

from __future__ import annotations

MAX_CHARS = 60


def title_from(text: str) -> str:
    """The first line of a message, cut at a word; empty for an empty message."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = " ".join(line.split())
    if len(line) <= MAX_CHARS:
        return line
    return line[:MAX_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.") + "\u2026"
