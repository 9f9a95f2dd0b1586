"""Weak signs: what a user did with a reply, without a word. Kept as verdicts of the back end `observed`.

People also do these things out of curiosity, so no lesson comes from them; they count a little where satisfaction is
measured (`satisfaction`). Each is kept once a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from assistant.store import Store
from assistant.store.records import Message, NewVerdict, Turn, Verdict

OBSERVED = "observed"

Sign = Literal["regenerated", "older variant chosen", "copied", "continued"]

SIGNS: Mapping[Sign, tuple[int, float]] = MappingProxyType(
    {"regenerated": (-1, 0.2), "older variant chosen": (1, 0.2), "copied": (1, 0.1), "continued": (1, 0.1)}
)
"""What each says of the reply, and how sure that is."""


def note_sign(store: Store, message_id: str, sign: Sign) -> Verdict | None:
    """Keeps a sign on a complete reply; None where it is known already or the reply left no turn.

    Raises:
        NotFound: there is no such message.
    """
    message = store.messages.get(message_id)
    with store.immediate():
        turn = store.turns.of_message(message.id)
        # A reply that was stopped or broke off is had again because of that.
        if turn is None or turn.kind != "main" or message.state != "complete" or _known(store, turn, sign):
            return None
        score, confidence = SIGNS[sign]
        return store.verdicts.add(NewVerdict(turn.id, score, sign, "reply", None, confidence, OBSERVED, []))


def note_variant(store: Store, message_id: str) -> None:
    """The user walked to this variant: a sign where a newer one is left for it; takes back the one of another variant.

    Raises:
        NotFound: there is no such message.
    """
    shown = store.messages.get(message_id)
    if shown.role != "assistant":
        return
    siblings = store.messages.children(shown.conversation_id, shown.parent_id)
    variants = [one for one in siblings if one.role == shown.role]
    with store.immediate():
        for other in variants:
            _take_back(store, other, "older variant chosen")
        if variants and shown.id != variants[-1].id:
            note_sign(store, shown.id, "older variant chosen")


def latest_sign(store: Store, turn_id: str) -> str:
    """The category of the newest sign on a turn; empty where there is none."""
    return next((one.category for one in reversed(store.verdicts.of_turn(turn_id)) if one.backend == OBSERVED), "")


def _known(store: Store, turn: Turn, sign: Sign) -> bool:
    return any((one.backend, one.category) == (OBSERVED, sign) for one in store.verdicts.of_turn(turn.id))


def _take_back(store: Store, message: Message, sign: Sign) -> None:
    turn = store.turns.of_message(message.id)
    if turn is not None:
        store.verdicts.withdraw(turn.id, OBSERVED, sign)
