"""What simulated users say and ask: enough of it, nothing twice, and how much the program reads as a lasting wish."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable

import pytest

from assistant.memory.scope import guess_scope
from assistant.memory.wording import MAX_CHARS, short_form
from training.prompts import KINDS, Prompt, bank
from training.simulation.asks import does
from training.simulation.material import comments, homework
from training.simulation.problems import problems
from training.simulation.users import CHANGE_AFTER, CHANGING_MIND, PEOPLE, USERS, User, named
from training.simulation.voices import missed, off_topic

TALKING = (*USERS, CHANGING_MIND.at(CHANGE_AFTER))
CORRECTIONS = [(user.name, said) for user in TALKING for said in user.voice.corrections]
CONTRASTS = [(user, one) for user in USERS for one in user.contrasts]
SIMULATED = [
    *(p for split in ("interaction", "heldout") for ask in (bank, homework, comments) for p in ask(split)),
    *(problem.prompt for split in ("interaction", "heldout") for problem in problems(split)),
    *(one.prompt for _, one in CONTRASTS),
]


def normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def words(text: str) -> frozenset[str]:
    return frozenset(normal(text).split())


@pytest.mark.parametrize("user", TALKING, ids=lambda user: user.name)
def test_everybody_has_enough_to_say(user: User) -> None:
    voice = user.voice
    assert len(voice.corrections) >= 8
    assert 2 <= sum(one.lasting for one in voice.corrections) <= len(voice.corrections) - 4
    assert len(voice.praises) >= 6
    assert len(voice.contradictions) >= 2


def test_nothing_is_said_by_two_people() -> None:
    said = [one.text for _, one in CORRECTIONS] + [*off_topic(), *missed()]
    said += [text for user in TALKING for text in (*user.voice.praises, *user.voice.contradictions)]
    assert [text for text, count in Counter(map(normal, said)).items() if count > 1] == []
    assert len(off_topic()) >= 15
    assert len(missed()) >= 6


def test_a_correction_that_says_it_holds_for_good_is_read_so() -> None:
    unread = [said.text for _, said in CORRECTIONS if said.lasting and guess_scope(said.text).scope != "durable"]
    assert unread == []


def test_how_many_corrections_are_read_as_lasting(record_property: Callable[[str, object], None]) -> None:
    """A figure, not a target: the program's rules are not to be tuned to these texts."""
    read = [guess_scope(said.text).scope == "durable" for _, said in CORRECTIONS]
    share = sum(read) / len(read)
    unread = [f"{name}: {said.text}" for (name, said), lasting in zip(CORRECTIONS, read, strict=True) if not lasting]
    print(f"read as lasting: {share:.3f}; not read as such:", *unread, sep="\n  ")  # shown with -s
    record_property("corrections read as lasting", f"{sum(read)} of {len(read)}")
    assert 0.6 <= share < 1, f"{share:.2f}"
    assert all(0 < len(short_form(said.text)) <= MAX_CHARS for _, said in CORRECTIONS)


def test_complaints_about_content_are_never_lasting() -> None:
    assert {guess_scope(text).scope for text in (*missed(), *off_topic())} <= {"reply", "fact"}


def test_no_prompt_is_asked_twice() -> None:
    shipped = [*bank("practice"), *bank("exam")]
    counts = Counter(normal(prompt.text) for prompt in [*shipped, *SIMULATED])
    assert [text for text, count in counts.items() if count > 1] == []
    assert len({prompt.id for prompt in [*shipped, *SIMULATED]}) == len(shipped) + len(SIMULATED)


def test_no_prompt_of_the_users_is_nearly_one_of_the_learner_s() -> None:
    shipped = [(prompt.id, words(prompt.text)) for prompt in [*bank("practice"), *bank("exam")]]
    own = [(prompt.id, words(prompt.text)) for prompt in SIMULATED]
    near = [(a, b) for (a, x), (b, y) in itertools.product(shipped, own) if len(x & y) > 0.7 * len(x | y)]
    assert near == []


def test_interaction_and_held_out_problems_are_not_nearly_the_same() -> None:
    asked, held = ([words(p.prompt.text) for p in problems(split)] for split in ("interaction", "heldout"))
    assert [(a, b) for a, b in itertools.product(asked, held) if len(a & b) > 0.7 * len(a | b)] == []


@pytest.mark.parametrize("ask", [homework, comments], ids=lambda ask: ask.__name__)
def test_student_and_teacher_have_prompts_of_their_own(ask: Callable[[str], list[Prompt]]) -> None:
    found = [*ask("interaction"), *ask("heldout")]
    assert len(found) == 20
    assert len(ask("heldout")) == 10
    assert {prompt.kind for prompt in found} <= KINDS
    assert named("student").at(0).asks("heldout") == homework("heldout")


def test_a_pupil_s_answer_is_quoted() -> None:
    assert all(re.search(r'answered: ".+"', p.text) for split in ("interaction", "heldout") for p in comments(split))


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_everybody_has_contrast_prompts(user: User) -> None:
    assert len(user.contrasts) >= 6
    assert all(one.asks and one.prompt.contrast and user.contrast(one.prompt) is one for one in user.contrasts)


def test_people_are_found_by_name() -> None:
    assert len(PEOPLE) >= 14
    assert [named(person.name) for person in PEOPLE] == list(PEOPLE)
    with pytest.raises(ValueError, match="no user called 'nobody'"):
        named("nobody")


@pytest.mark.parametrize(
    ("id", "reply", "kept"),
    [
        ("c-short-1", "The fox put on her skates. " * 2 + " ".join(f"word{n}" for n in range(180)), True),
        ("c-short-1", "A fox learned to skate.", False),
        (
            "c-short-4",
            "\n".join(f"{a}{b} harbour" for a in "bdfg" for b in "aei"),
            True,
        ),
        ("c-long-1", "Stingy.", True),
        ("c-long-1", "The opposite of generous is stingy.", False),
        ("c-prose-1", "- carrots\n- onions\n- leeks\n- celery\n- salt", True),
        ("c-prose-1", "carrots\nonions\nleeks\ncelery\nsalt", False),
        ("c-prose-2", "| River | km |\n|---|---|\n| Nile | 6 |\n| Amazon | 6 |\n| Rhine | 1 |\n| Elbe | 1 |", True),
        ("c-prose-3", '```json\n{"name": "Ada", "email": "a@b.c"}\n```', True),
        ("c-prose-3", 'Here: {"name": "Ada"}', False),
        ("c-prose-6", "1. Frame\n2. Sail\n3. Tail\n4. Line\n5. Fly the kite", True),
        ("c-casual-1", "Dear Sir, I'm late with my tax. " + "word " * 50, False),
        ("c-formal-2", "Hey! We're at the beach.", True),
        ("c-british-1", "The color of the harbor is gray.", True),
        ("c-british-1", "The colour of the harbour is grey, not color.", False),
        ("c-unapologetic-5", '"I\'m sorry I ate your cake," he said.', True),
        ("c-metric-3", "It is 68 °F.", True),
        ("c-metric-3", "It is warm in Fahrenheit.", False),
        ("c-german-1", "Where is the station?", True),
        ("c-german-1", "Wo ist die Station und der Bahnhof?", False),
        ("c-teacher-1", "8", True),
        ("c-student-4", "**Osmosis** moves water through a **membrane**.", True),
        ("c-question-2", "Caution: wet stairs!", True),
        ("c-question-2", "Wet stairs, do you see?", False),
    ],
)
def test_a_contrast_prompt_wants_what_it_asks_for(id: str, reply: str, kept: bool) -> None:
    user, contrast = next((user, one) for user, one in CONTRASTS if one.prompt.id == id)
    assert contrast.kept(reply) is kept
    assert user.satisfied(contrast.prompt, reply) is kept


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="no check called"):
        does("Hello.", {"rhymes": True})
