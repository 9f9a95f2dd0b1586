"""Conversations of simulated people: what they ask, how they react, and what of it a learner may have.

Owns the order of the questions, the segments between checkpoints, the reactions, and turning a reaction into a
training sample by the program's own rules. Whether a reply satisfies is written down for the table and goes no further.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.memory.scope import scope_of
from assistant.memory.wording import short_form
from training.prompts import Prompt
from training.simulation.reactions import ODDS, Odds, Reaction, react
from training.simulation.users import Changing, User
from training.turns import HINTS, TurnSample

from .bench import Answer, Bench

PLAIN = replace(ODDS, correct=1.0, rewrite=0.0, drift_displeased=0.0)
"""In the first interaction a displeased user always says what they want, in their plainest words: checkpoint 1 is one
plain correction."""

HINDSIGHT = "The following is a future message of the user. Use it to guide the answer.\n{}"


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request, the first reply to it, and what the person made of it."""

    prompt: Prompt
    answer: Answer
    satisfied: bool
    reaction: Reaction


def asked(person: User | Changing, seed: int, count: int) -> list[Prompt]:
    """The person's requests in a seeded order; when all are used up, they come again in another one."""
    own = person.at(0).asks("interaction")
    rng = random.Random(f"{person.name}/{seed}")
    found: list[Prompt] = []
    while len(found) < count:
        found += rng.sample(own, len(own))
    return found[:count]


def segments(checkpoints: Sequence[int]) -> list[range]:
    """The interactions, counted from 0, that end at each checkpoint."""
    return [range(first, last) for first, last in zip((0, *checkpoints), checkpoints, strict=False)]


def until_three(satisfied: Sequence[bool]) -> int | None:
    """Interactions until three first replies in a row satisfied, these three included; None if they never did."""
    row = 0
    for number, good in enumerate(satisfied, 1):
        row = row + 1 if good else 0
        if row == 3:
            return number
    return None


def happened(person: User | Changing, number: int, prompt: Prompt, answer: Answer, seed: int) -> Interaction:
    """The interaction with this number, from 0; the luck of a reaction is the same in every arm."""
    user, rng = person.at(number), random.Random(f"{person.name}/{seed}/{number}")
    odds: Odds = ODDS if number else PLAIN
    reaction = react(user, prompt, answer.text, rng, odds)
    if number == 0 and reaction.kind == "correction" and not (reaction.wrong or reaction.missed):
        reaction = replace(reaction, text=user.correction, lasting=False)
    return Interaction(prompt, answer, user.satisfied(prompt, answer.text), reaction)


def lasting_wish(reaction: Reaction) -> str:
    """The standing instruction that the program would take from a reaction; empty for none."""
    lasting = reaction.kind == "correction" and scope_of(reaction.text) == "durable"
    return short_form(reaction.text) if lasting else ""


def hints_of(reaction: Reaction) -> list[str]:
    """Candidate hints, shortest first: the program's wording of a correction, and the user's own words."""
    if reaction.kind != "correction" or scope_of(reaction.text) == "fact":
        return []
    wordings = {short_form(reaction.text), reaction.text.strip()}
    return sorted((one for one in wordings if one), key=lambda one: (len(one), one))[:HINTS]


def as_sample(bench: Bench, one: Interaction, *, hindsight: bool = False) -> TurnSample | None:
    """The turn as a training sample, None where the reaction says nothing about the reply.

    Praise is +1; a correction is -1 with its wordings as hints; a reply that was rewritten is -1 without one: a hint
    made from the rewrite would give the answer away. With `hindsight` the user's next message is all there is, also
    one that is about something else.
    """
    kind, said, written = one.reaction.kind, one.prompt.text, one.answer.token_ids
    if not written or kind == "nothing":
        return None
    if hindsight:
        return TurnSample(
            bench.tokens(said), written, 0, follow_up=bench.tokens(said, [HINDSIGHT.format(one.reaction.text)])
        )
    hints = tuple(bench.tokens(said, [hint]) for hint in hints_of(one.reaction))
    if kind == "off-topic" or (kind == "correction" and not hints):
        return None
    return TurnSample(bench.tokens(said), written, 1 if kind == "praise" else -1, hints)
