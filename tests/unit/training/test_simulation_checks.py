"""Each user's private check: replies that satisfy it and replies that do not, near misses among them."""

from __future__ import annotations

import pytest

from training.prompts import Prompt
from training.simulation.users import USERS, User, is_short, named

RICE = Prompt("x1", "How do I cook rice so it doesn't end up sticky?", ("rice",), "food", "heldout")
COMMENT = Prompt(
    "x2",
    'Write a comment for my pupil Emma, who was asked "What do bees do?" and answered: "They bring home nectar, and '
    'the queen stays in the hive."',
    ("nectar", "hive"),
    "work",
    "heldout",
)
DETAIL = (
    "Rice turns sticky when loose starch stays on the grains. Rinse it in a sieve until the water runs clear, which "
    "can take three or four changes. Measure one cup of grains and a little less than two cups of cold water, and "
    "add a pinch of salt. Bring the pot to the boil, put the lid on, and turn the heat as low as it goes. After twelve "
    "minutes take it off the stove without looking inside, because the steam does the rest. Let everything stand for "
    "another ten minutes. Finally loosen it with a fork, gently, so that no grain breaks and the result is fluffy."
)
PLAIN = "Rinse the rice first. Then cook it slowly with the lid on."

LIKED: dict[str, list[str]] = {
    "short": ["Rinse it first.", "Rinse the rice. Use less water.", "r" * 160],
    "long": [DETAIL, DETAIL.replace(". ", ".\n\n"), f"**Rice**\n\n{DETAIL}"],
    "prose": [PLAIN, "Use 2 - 3 cups * rice, not more.", "First rinse it.\n\nThen cook it; 1.5 cups will do."],
    "question": ["Rinse it. Do you like it firm?", '"Why not try basmati?"', "Rinse it. **Have you got a lid?**"],
    "casual": [
        "Hey! Just rinse it, and you're done.",
        "Hi there, glad to help: rinse it first.",
        "Oh hello friend, don't lift the lid.",
    ],
    "formal": [
        "Please rinse the rice before you cook it.",
        "I would recommend that you rinse it. It is not necessary to stir.",
        "Thank you for your question. One should rinse the rice.",
    ],
    "bullets": ["- Rinse it\n- Boil it", "* Rinse\n\n* Boil\n* Wait", "• Rinse the rice\n  • twice\n• Boil it"],
    "numbered": [
        "1. Rinse it.\n2. Boil it.",
        "Here is how:\n1) Rinse it.\n2) Boil it.\n3) Wait.",
        "Step 1: Rinse it.\nStep 2: Boil it.",
    ],
    "british": [PLAIN, "The colour turns grey at the centre.", "Check the program, it has not been fulfilled."],
    "unapologetic": [
        PLAIN,
        "Tell your guest that you are sorry about the rice.",
        "I'm afraid of lids, too. A sorry sight!",
    ],
    "metric": [
        PLAIN,
        "Use 200 g of rice and 400 ml of water.",
        "Stand on a foot-stool, in a yard. It boils at 100 °C.",
    ],
    "answer first": [
        "Rinse the rice until the water is clear. That removes starch, because starch is the glue.",
        "Yes. It sticks otherwise.",
        "Use less water and a lid. This keeps the grains apart.",
    ],
    "student": [PLAIN, DETAIL[:300], "You rinse the rice.\n\nThen you boil it, and in the end you wait."],
    "teacher": [
        "Well done, Emma! You remembered that the queen stays in the hive, and that is a fine detail.",
        "I like how you mention nectar, and it is clever that you thought of the queen as well.",
        "What a lovely answer. The part about bringing nectar home to the hive made me smile.",
    ],
    "german": [
        "Wasche den Reis und koche ihn mit wenig Wasser, dann ist er nicht klebrig.",
        "Du kannst den Reis vor dem Kochen waschen. Das ist wichtig.",
        "Ja, das ist gut so.",
    ],
}

DISLIKED: dict[str, list[str]] = {
    "short": ["", "r" * 161, "Rinse. Boil. Wait. Eat."],
    "long": ["", PLAIN, "Rinse the rice. " * 60, DETAIL.replace(".", ",")],
    "prose": [
        "",
        "- Rinse\n- Boil",
        "1. Rinse it.",
        "Rinse it **well**.",
        "## Rice\nRinse it.",
        "| a | b |\n|---|---|",
    ],
    "question": ["", "Do you like it firm? Then rinse it.", "Is it? Yes!", "???"],
    "casual": [
        "Rinse the rice first, and you're done.",
        "Hey. Rinse the rice.",
        "Dear Sir or Madam, hey, don't stir.",
        "Rinse it, my friend, and say hey!",
    ],
    "formal": [
        "Rinse the rice before you cook it.",
        "Please don't stir.",
        "I would recommend it, okay?",
        "It would be wise :)",
    ],
    "bullets": ["- Rinse it", "Do this:\n- Rinse it\n- Boil it", PLAIN, "1. Rinse it\n2. Boil it"],
    "numbered": ["1. Rinse it.", "1. Rinse it.\n3. Boil it.", "- Rinse\n- Boil", "A\nB\n1. Rinse\n2. Boil", PLAIN],
    "british": ["", "The color is grey.", "Organizing it is my favourite part.", "Centered, as my Mom says."],
    "unapologetic": ["", "I'm sorry, rinse it first.", "My apologies! Rinse it.", "Rinse it. I apologize for that."],
    "metric": ["", "Use 2 cups of rice.", "Heat it to 212 °F (100 °C).", "It is an inch deep.", "Ten feet of it."],
    "answer first": [
        "Sure, rinse it. It sticks because of starch.",
        "Rinse it until the water is clear.",
        "Great question! Rinse it, because starch sticks.",
        "How do you cook rice? Rinse it, since starch sticks.",
        "You cook rice so it doesn't end up sticky. That is because of starch.",
    ],
    "student": [
        "",
        "Certainly! Rinse the rice.",
        "Rinse it **well**.",
        "- Rinse\n- Boil",
        "As an AI, I do not eat rice.",
        DETAIL,
    ],
    "teacher": [
        "Good job!",
        "Well done, Emma, this is a really good answer and I am proud of you for it.",
        "You forgot to say that the nectar is made into honey after it reaches the hive, so redo it.",
        "Great, the bees do what bees do, and you said so in your own words, Emma, keep it up.",
    ],
    "german": [
        PLAIN,
        "",
        "The German word for rice is Reis, and the one for water is Wasser.",
        "Reis Wasser Topf Deckel",
    ],
}


def prompt_of(user: User) -> Prompt:
    return COMMENT if user.name == "teacher" else RICE


def test_every_user_has_replies_of_both_sorts() -> None:
    names = {user.name for user in USERS}
    assert names == set(LIKED) == set(DISLIKED)
    assert min(len(replies) for table in (LIKED, DISLIKED) for replies in table.values()) >= 3


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_replies_that_satisfy(user: User) -> None:
    assert [reply for reply in LIKED[user.name] if not user.likes(prompt_of(user), reply)] == []


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_replies_that_do_not(user: User) -> None:
    assert [reply for reply in DISLIKED[user.name] if user.likes(prompt_of(user), reply)] == []


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_an_empty_reply_pleases_nobody(user: User) -> None:
    assert not any(user.likes(prompt_of(user), reply) for reply in ("", " \n", "\t"))


def test_short_is_the_check_of_the_spike() -> None:
    assert is_short("One. Two.")
    assert not is_short("One. Two. Three.")
    assert named("short").at(0).likes(RICE, "One. Two.")


@pytest.mark.parametrize(
    ("name", "reply", "shown"),
    [
        ("british", "The colour is fine.", True),
        ("british", "The lid is fine.", False),
        ("metric", "Take 30 cm of foil.", True),
        ("metric", "Take some foil.", False),
    ],
)
def test_positive_evidence_is_told_apart(name: str, reply: str, shown: bool) -> None:
    user = named(name).at(0)
    assert user.shows is not None
    assert user.shows(RICE, reply) is shown
    assert user.likes(RICE, reply)


def test_style_without_content_does_not_satisfy() -> None:
    user = named("short").at(0)
    assert user.satisfied(RICE, "Rinse the rice.")
    assert not user.satisfied(RICE, "SmolLM.")


def test_a_rewrite_mostly_mends_the_form() -> None:
    reply = (
        "Certainly! **Rinse** the color out of the rice. I'm sorry, it's sticky.\n\n- Boil it slowly.\n- Wait a while."
    )
    failed = []
    for user in (one for one in USERS if one.rewrite):
        assert user.rewrite is not None
        if not user.likes(RICE, user.rewrite(reply)):
            failed.append(user.name)
    assert failed == []
