"""Deletes the weights that hold something forgotten. May be cut off anywhere and done again."""

from __future__ import annotations

from assistant.policy import versions
from assistant.store import Store


def erase_forgotten(store: Store) -> None:
    """Deletes the files of every version that holds something forgotten; its row stays, as deleted.

    Called when a learning run or a server starts, not by forgetting itself: a slip can be undone until then.
    """
    for version in store.versions.list():
        if version.forgotten and version.state != "deleted":
            # The row first: what is left of the files after a crash here is removed by the next call.
            store.versions.set_state(version.id, "deleted")
        if version.forgotten or version.state == "deleted":
            versions.remove(store.data, version.id)
