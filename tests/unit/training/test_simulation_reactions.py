"""Reactions: determined by the generator, in the documented proportions, and true to the user but for rare moments."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from training.simulation.reactions import ODDS, Odds, Reaction, react
from training.simulation.users import CHANGE_AFTER, CHANGING_MIND, GERMAN, PROSE, SHORT, USERS, User
from training.simulation.voices import missed, off_topic

RICE = SHORT.asks("interaction")[0]
GOOD = "Roast the cauliflower."
BAD = "- Roast the cauliflower with some oil.\n" * 8
DRAWS = 3000


def reactions(user: User, reply: str, *, seed: int = 3, odds: Odds = ODDS, draws: int = DRAWS) -> list[Reaction]:
    rng = random.Random(seed)
    return [react(user, RICE, reply, rng, odds) for _ in range(draws)]


def shares(found: list[Reaction]) -> dict[str, float]:
    return {kind: count / len(found) for kind, count in Counter(one.kind for one in found).items()}


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_the_same_seed_gives_the_same_reactions(user: User) -> None:
    for reply in (GOOD, BAD):
        assert reactions(user, reply, draws=100) == reactions(user, reply, draws=100)
    assert reactions(user, BAD, draws=100) != reactions(user, BAD, seed=4, draws=100)


def test_a_pleased_user_praises_and_rarely_asks_for_the_opposite() -> None:
    found = reactions(SHORT, GOOD)
    assert shares(found) == pytest.approx(
        {"praise": 0.45, "correction": 0.03, "off-topic": 0.15, "nothing": 0.37}, abs=0.03
    )
    wrong = {one.text for one in found if one.wrong}
    assert wrong == set(SHORT.voice.contradictions)
    assert {one.text for one in found if one.kind == "praise"} == set(SHORT.voice.praises)
    assert {one.text for one in found if one.kind == "off-topic"} == set(off_topic())


def test_a_displeased_user_mostly_corrects() -> None:
    found = reactions(SHORT, BAD)
    assert shares(found) == pytest.approx(
        {"correction": 0.70, "rewrite": 0.05, "off-topic": 0.10, "nothing": 0.15}, abs=0.03
    )
    assert {one.text for one in found if one.kind == "correction"} == {one.text for one in SHORT.voice.corrections}
    assert any(one.lasting for one in found)
    assert not any(one.wrong or one.missed for one in found)


def test_a_rewrite_satisfies_or_is_not_made() -> None:
    always = Odds(correct=0, rewrite=1, drift_displeased=0)
    for user in (SHORT, PROSE):
        assert all(
            one.kind == "rewrite" and user.satisfied(RICE, one.text)
            for one in reactions(user, BAD, odds=always, draws=50)
        )
    assert {one.kind for one in reactions(GERMAN, BAD, odds=always, draws=50)} == {"correction"}


def test_a_missed_question_is_not_called_too_long() -> None:
    found = [one for one in reactions(SHORT, "SmolLM.") if one.kind == "correction"]
    assert {one.text for one in found} == set(missed())
    assert all(one.missed for one in found)


def test_a_contrast_prompt_is_not_corrected_for_its_form() -> None:
    story = SHORT.contrasts[0]
    long = "The fox learned to skate. " + " ".join(f"word{n}" for n in range(200))
    rng = random.Random(1)
    assert not any(react(SHORT, story.prompt, long, rng).kind == "rewrite" for _ in range(200))
    assert all(one.missed for _ in range(200) if (one := react(SHORT, story.prompt, GOOD, rng)).kind == "correction")


def test_a_changing_mind_turns_round() -> None:
    before, after = CHANGING_MIND.at(CHANGE_AFTER - 1), CHANGING_MIND.at(CHANGE_AFTER)
    syllables = ["".join(letters) for letters in itertools.product("bdfgk", "aeiou", "lmnr")]
    detail = "Roast the cauliflower. " + ". ".join(" ".join(syllables[n : n + 10]) for n in range(0, 100, 10))
    assert before.satisfied(RICE, GOOD)
    assert not after.satisfied(RICE, GOOD)
    assert after.satisfied(RICE, detail)
    assert not before.satisfied(RICE, detail)
    assert SHORT.at(CHANGE_AFTER) is SHORT
    assert {before.name, after.name} == {CHANGING_MIND.name}
