"""Changes of memory that the page asks for. Free of Qt; runs on the store's thread."""

from __future__ import annotations

from assistant.memory.phrases import tidy
from assistant.memory.scope import scope_of
from assistant.store import Store
from assistant.store.records import MemoryItem


def add_said(store: Store, said: str) -> MemoryItem:
    """A new item in the user's own words; the words decide whether it is a fact."""
    text = tidy(said)
    return store.memory.add("fact" if scope_of(text) == "fact" else "instruction", text, source_text=said)


def remove(store: Store, item_id: str) -> MemoryItem:
    """Deletes an item; what it was, so that it can be put back."""
    with store.immediate():
        item = store.memory.get(item_id)
        store.memory.remove(item_id)
    return item


def put_back(store: Store, item: MemoryItem) -> None:
    """Undoes `remove`; an item that a version had learned comes back in force."""
    with store.immediate():
        again = store.memory.add(
            item.kind,
            item.text,
            source_text=item.source_text,
            source_turn_id=item.source_turn_id,
            scope=item.scope,
            scope_ref=item.scope_ref,
        )
        if item.state == "off":
            store.memory.set_state(again.id, "off")
