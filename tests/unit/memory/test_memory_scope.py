"""The scope rules on wordings of many kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.memory.scope import guess_scope, scope_of

DURABLE = [
    "Too long, one short sentence please.",
    "too long",
    "Shorter please",
    "Please keep your answers short.",
    "Always answer in German.",
    "Never use emojis again",
    "no bullet points",
    "No, I wanted bullet points",
    "Stop apologising.",
    "From now on cite your sources",
    "I prefer short answers.",
    "Can you be a bit more formal?",
    "Don't use jargon.",
    "In German, please!",
    "Use British spelling",
    "Give temperatures in Celsius.",
    "End with a question.",
    "That was way too long. Two sentences max.",
    "explain it like I'm five",
    "Numbered steps, please",
    "reply with a JSON object",
    "Be friendlier.",
    "plain text only, no markdown",
    "I hate walls of text",
    "don't lecture me",
    "Talk like a pirate.",
    "you forgot to keep it short",
    "Zu lang, bitte nur ein kurzer Satz.",
    "Bitte antworte immer auf Deutsch",
    "Keine Stichpunkte.",
    "Trop long, une phrase s'il te plaît.",
    "Réponds toujours en français",
    "Demasiado largo, una frase por favor",
    "No uses viñetas",
    "No introductions please",
    "get to the point",
    "Answer first, then the reasons.",
]
REPLY = [
    "no, it was 1989",
    "No, 1989.",
    "you forgot the salt",
    "That's wrong.",
    "The capital is Canberra, not Sydney.",
    "I meant the river, not the bank",
    "You missed the second step",
    "This time longer please",
    "just this once, in French",
    "Add the salt",
    "the Danube is longer than the Rhine",
    "It's a mammal, actually.",
    "should be 42",
    "never mind",
    "Nein, das war 1989.",
    "du hast das Salz vergessen",
    "Non, c'était en 1989",
    "olvidaste la sal",
    "Mention the oven temperature.",
    "try again",
    "hm",
    "bad",
]
FACT = [
    "my name is Ada",
    "I live in Vienna",
    "remember that my dog is called Rex",
    "Remember that the office closes at five",
    "I'm allergic to nuts",
    "I am a nurse",
    "My favourite colour is green.",
    "call me Ada",
    "my wife's birthday is 3 May",
    "I work at the town hall",
    "Ich heiße Ada",
    "ich wohne in Wien",
    "Merk dir, dass ich allergisch gegen Nüsse bin",
    "je m'appelle Ada",
    "J'habite à Vienne",
    "me llamo Ada",
    "vivo en Viena",
]


@pytest.mark.parametrize("text", DURABLE)
def test_wishes_about_every_reply_are_durable(text: str) -> None:
    assert scope_of(text) == "durable", guess_scope(text)


@pytest.mark.parametrize("text", REPLY)
def test_corrections_of_content_stay_with_the_reply(text: str) -> None:
    assert scope_of(text) == "reply", guess_scope(text)


@pytest.mark.parametrize("text", FACT)
def test_statements_about_the_user_are_facts(text: str) -> None:
    assert scope_of(text) == "fact", guess_scope(text)


def test_no_rule_means_narrow_and_not_certain() -> None:
    guess = guess_scope("hmpf")
    assert (guess.scope, guess.certain) == ("reply", False)
    assert guess_scope("one sentence please").certain


def test_curly_quotes_and_case_do_not_matter() -> None:
    assert scope_of("DON\u2019T USE JARGON") == "durable"
    assert scope_of("I\u2019M ALLERGIC TO NUTS") == "fact"


@given(st.text(max_size=400))
def test_any_text_gets_some_scope(text: str) -> None:
    assert scope_of(text) in {"durable", "reply", "fact"}
