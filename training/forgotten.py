"""What a run does first about forgotten lessons: the server follows, the weights go, the rest is to be learned again.

The request itself lives in the store (`assistant.ledger.changes`); every step here may be repeated, so a run that is
killed anywhere leaves the rest to the next one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from assistant.errors import MenteeError
from assistant.ledger.erasing import erase_forgotten
from assistant.ledger.lineage import to_learn_again
from assistant.store import Store
from assistant.store.versions import REPLACED
from training.place import Place

if TYPE_CHECKING:
    from training.plan import Plan

log = logging.getLogger("mentee.learner")

LEARN_AGAIN = "forget"
"""Trigger of a run that learns again what a forgotten lesson took with it."""


def catch_up(place: Place) -> None:
    """Has the server answer with the version that the store names, and deletes weights with something forgotten."""
    model_hash = place.model.sha256
    active = place.store.versions.active(model_hash)
    try:
        if place.client.health()["version"] != active:
            place.client.use_version(active)
    except MenteeError:
        log.exception("the server did not take version %d; it will at its next start", active)
    erase_forgotten(place.store)


def choose_plan(place: Place, base: int) -> tuple[Plan, str]:
    """The plan of this run and its trigger: what a forgotten lesson took with it goes before everything new."""
    from training.plan import make_plan  # imports torch, which this module's other half must do without

    store, model_hash = place.store, place.model.sha256
    lost = {lesson.id for lesson in to_learn_again(store, model_hash)}
    plan = make_plan(store, place.settings, model_hash, base, only=lost) if lost else None
    if plan is not None and not plan.empty:
        return plan, LEARN_AGAIN
    # Nothing of it can be trained: the ancestor stays in use, and there is nothing to wait for.
    settled(store, model_hash)
    return make_plan(store, place.settings, model_hash, base), "user"


def settled(store: Store, model_hash: str) -> None:
    """The request has been dealt with; what is still pending is learned like anything new."""
    store.state.remove(REPLACED + model_hash)
