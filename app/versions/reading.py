"""Reads what the versions page shows. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.ledger.taking_back import note_of
from assistant.store import Store
from assistant.store.records import Version


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A version, what it was taught, in short, and what became of it."""

    version: Version
    active: bool
    lessons: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class VersionsView:
    """All versions of the model in use, newest first; `model_hash` empty while no model is known."""

    model_hash: str
    active: int
    items: tuple[VersionItem, ...]


def versions_view(store: Store, model_hash: str) -> VersionsView:
    """What the page shows now."""
    active = store.versions.active(model_hash) if model_hash else 0
    known = store.versions.list(model_hash or None)
    items = [
        VersionItem(it, it.id == active, _taught(store, it), note_of(store, it.run_id))
        for it in known
        if it.state != "deleted"
    ]
    return VersionsView(model_hash, active, tuple(sorted(items, key=lambda it: -it.version.id)))


def _taught(store: Store, version: Version) -> tuple[str, ...]:
    hints = [it.hint for it in store.lessons.of_version(version.id) if it.hint and it.state != "forgotten"]
    return tuple(dict.fromkeys(hints))
