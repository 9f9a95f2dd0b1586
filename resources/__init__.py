"""Small data that ships: prompts, icons, styles, licences."""

from __future__ import annotations

from pathlib import Path


def path(name: str) -> Path:
    """The file of that name, relative to this folder, for example `icons/send.svg`."""
    return Path(__file__).parent / name
