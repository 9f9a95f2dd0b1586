"""How a simulated person reacts to a reply: the only place where their private check meets their words.

Owns the choice between praise, correction, rewrite, an off-topic next message and nothing, and its probabilities. How
a reaction reaches the program (a button, the next message) is the benchmark's business.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from training.prompts import Prompt
from training.simulation.users import User
from training.simulation.voices import missed, off_topic

ReactionKind = Literal["praise", "correction", "rewrite", "off-topic", "nothing"]


@dataclass(frozen=True, slots=True)
class Odds:
    """Probabilities of each reaction; what is left over of 1 is nothing.

    Attributes:
        praise: a reply satisfies, and they say so.
        wrong: a reply satisfies, and they ask for the opposite of what they like.
        drift_pleased: a reply satisfies, and the next message is about something else.
        correct: a reply displeases, and they say what they want.
        rewrite: a reply displeases, and they write it as it should have been; where they cannot, they correct it.
        drift_displeased: a reply displeases, and the next message is about something else.
    """

    praise: float = 0.45
    wrong: float = 0.03
    drift_pleased: float = 0.15
    correct: float = 0.70
    rewrite: float = 0.05
    drift_displeased: float = 0.10


ODDS = Odds()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a person does after a reply.

    Attributes:
        kind: which reaction.
        text: their words, or the better reply of a rewrite; empty for nothing.
        lasting: a correction that says in words that it holds for good.
        wrong: a correction against their own preference.
        missed: the complaint is that the prompt was not answered, not the form.
    """

    kind: ReactionKind
    text: str = ""
    lasting: bool = False
    wrong: bool = False
    missed: bool = False


def react(user: User, prompt: Prompt, reply: str, rng: random.Random, odds: Odds = ODDS) -> Reaction:
    """The reaction of a user to a reply; the same generator state gives the same reaction."""
    if user.satisfied(prompt, reply):
        return _pleased(user, rng, odds)
    return _displeased(user, prompt, reply, rng, odds)


def _pleased(user: User, rng: random.Random, odds: Odds) -> Reaction:
    kinds = ("praise", "wrong", "off-topic")
    kind = _drawn(kinds, (odds.praise, odds.wrong, odds.drift_pleased), rng)
    if kind == "praise":
        return Reaction("praise", rng.choice(user.voice.praises))
    if kind == "wrong":
        return Reaction("correction", rng.choice(user.voice.contradictions), wrong=True)
    return _aside(kind, rng)


def _displeased(user: User, prompt: Prompt, reply: str, rng: random.Random, odds: Odds) -> Reaction:
    kinds = ("correction", "rewrite", "off-topic")
    kind = _drawn(kinds, (odds.correct, odds.rewrite, odds.drift_displeased), rng)
    if kind not in ("correction", "rewrite"):
        return _aside(kind, rng)
    if user.contrast(prompt) or user.likes(prompt, reply):
        return Reaction("correction", rng.choice(missed()), missed=True)
    better = user.rewrite(reply) if kind == "rewrite" and user.rewrite else ""
    if better and user.satisfied(prompt, better):
        return Reaction("rewrite", better)
    said = rng.choice(user.voice.corrections)
    return Reaction("correction", said.text, lasting=said.lasting)


def _aside(kind: str, rng: random.Random) -> Reaction:
    return Reaction("off-topic", rng.choice(off_topic())) if kind == "off-topic" else Reaction("nothing")


def _drawn(kinds: tuple[str, ...], weights: tuple[float, ...], rng: random.Random) -> str:
    return rng.choices((*kinds, "nothing"), (*weights, max(0.0, 1 - sum(weights))))[0]
