"""The live watch on the version in use: looks at how its replies are received, and takes it back where they are not.

Writes to the store only; whoever calls tells a running server. What happened is an event of the run that made the
version, so that it is shown wherever that run or version is. A version that was taken back once, or that the user chose
by hand, is not watched any more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from assistant.ledger.lineage import sound_ancestor
from assistant.ledger.watch import watch
from assistant.store import Store
from assistant.store.records import RunEvent

TAKEN_BACK = "taken_back"
CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A version was taken back.

    Attributes:
        version: that one.
        in_use: the version that answers now.
        note: one plain sentence with the figures.
    """

    model_hash: str
    version: int
    in_use: int
    note: str


def look(store: Store, model_hash: str) -> TakenBack | None:
    """Looks at the version in use once more, and takes it back if the rule says so."""
    with store.immediate():
        version = store.versions.get(store.versions.active(model_hash))
        if version.run_id is None or version.parent_id is None or _watch_is_over(store, version.run_id):
            return None
        signals = [store.signals.of_version(model_hash, number) for number in (version.parent_id, version.id)]
        decision = watch(*signals)
        if not decision.take_back:
            return None
        back_to = sound_ancestor(store, version.id)
        store.versions.use(model_hash, back_to)
        event = {**asdict(decision), "luck": round(decision.luck, 4), "version": version.id, "in_use": back_to}
        store.runs.event(version.run_id, TAKEN_BACK, event)
        return TakenBack(model_hash, version.id, back_to, _sentence(event))


def chosen_by_hand(store: Store, version_id: int) -> None:
    """Notes that the user wants this version, whatever the watch makes of it."""
    run_id = store.versions.get(version_id).run_id
    if run_id is not None:
        store.runs.event(run_id, CHOSEN, {"version": version_id})


def note_of(store: Store, run_id: str | None) -> str:
    """The sentence of a run whose version was taken back; empty for all others."""
    events = _events(store, run_id, TAKEN_BACK) if run_id else []
    return _sentence(events[-1].data) if events else ""


def _watch_is_over(store: Store, run_id: str) -> bool:
    return bool(_events(store, run_id, TAKEN_BACK) or _events(store, run_id, CHOSEN))


def _events(store: Store, run_id: str, kind: str) -> list[RunEvent]:
    return [event for event in store.runs.events(run_id) if event.kind == kind]


def _sentence(event: dict[str, object]) -> str:
    return (
        f"Version {event['version']} was taken back: {event['displeased']} of {event['replies']} replies displeased, "
        f"{event['displeased_before']} of {event['replies_before']} before."
    )
