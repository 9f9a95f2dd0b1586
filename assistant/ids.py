"""Time-ordered ids: ULIDs as text, so that sorting by id is sorting by time of creation."""

from __future__ import annotations

from ulid import ULID


def new_id() -> str:
    """A fresh 26-character ULID (https://github.com/ulid/spec)."""
    return str(ULID())
