"""Short forms of corrections: the complaint goes, the wish stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.memory.wording import MAX_CHARS, fact_form, short_form

CASES = {
    # fragments are completed
    "Too long, one short sentence please.": "Reply in one short sentence only.",
    "That was way too long. Two sentences max.": "Reply in at most two sentences.",
    "no more than 20 words": "Reply in at most 20 words.",
    "Numbered steps, please": "Reply in numbered steps only.",
    "No, I wanted bullet points": "Reply in bullet points only.",
    "a JSON object please": "Reply with a JSON object only.",
    "in German, please!": "Reply in German.",
    "Shorter please": "Keep replies shorter.",
    "A bit more formal please": "Be a bit more formal.",
    "longer answers": "Give longer answers.",
    # complaints alone are turned round
    "too long": "Keep replies short.",
    "It's too long": "Keep replies short.",
    "way too formal": "Be less formal.",
    "You use too many emojis.": "Use fewer emojis.",
    "You keep apologising.": "Stop apologising.",
    "You always start with a joke.": "Do not start with a joke.",
    "You never cite your sources": "Cite your sources.",
    "not enough detail": "Give more detail.",
    "great, but too long": "Keep replies short.",
    # wishes stay as they were said, without their wrapping
    "Could you please answer in just one sentence?": "Answer in just one sentence.",
    "I'd like you to explain your reasoning first": "Explain your reasoning first.",
    "From now on cite your sources": "Cite your sources.",
    "Always answer in German.": "Always answer in German.",
    "make it shorter": "Make replies shorter.",
    'Don\'t start with "Sure"': 'Don\'t start with "Sure".',
    # negative wishes stay negative
    "no bullet points": "No bullet points.",
    "I don't want any emojis": "No emojis.",
    "I hate walls of text": "No walls of text.",
    "Never use bold again, please": "Never use bold again.",
    # the language of the user stays
    "Zu lang, bitte nur ein kurzer Satz.": "Nur ein kurzer Satz.",
    "Trop long, une phrase s'il te plaît.": "Une phrase.",
    "Demasiado largo, una frase por favor": "Una frase.",
}


@pytest.mark.parametrize(("said", "wanted"), CASES.items())
def test_the_wish_is_kept_and_the_complaint_dropped(said: str, wanted: str) -> None:
    assert short_form(said) == wanted


def test_several_wishes_become_several_sentences() -> None:
    assert short_form("Too long! One sentence please. And no emojis.") == ("Reply in one sentence only. No emojis.")


def test_a_short_form_is_stable() -> None:
    for said in CASES:
        once = short_form(said)
        assert short_form(once) == once, said


def test_facts_keep_the_words_of_the_user() -> None:
    assert fact_form("remember that I live in Vienna") == "I live in Vienna."
    assert fact_form("Merk dir, dass ich in Wien wohne") == "Ich in Wien wohne."
    assert fact_form("my name is Ada!") == "My name is Ada!"


@given(st.text(max_size=2000))
def test_any_text_ends_short_and_on_one_line(text: str) -> None:
    for form in (short_form(text), fact_form(text)):
        assert len(form) <= MAX_CHARS
        assert "\n" not in form


@given(st.from_regex(r"[A-Za-z]{2,12}( [A-Za-z]{2,12}){0,8}[.!]?", fullmatch=True))
def test_words_never_vanish_altogether(text: str) -> None:
    assert short_form(text)
