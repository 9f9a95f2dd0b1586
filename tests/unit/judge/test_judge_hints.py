"""Hints: short orders that give nothing of the follow-up away."""

from __future__ import annotations

import pytest

from assistant.judge.case import Case, Category, Said
from assistant.judge.hints import MOST_CHARS, Reason, choose_hints, fault, own_words

CASE = Case("How do I boil an egg in 7 minutes, Ada asks?", "Put it into water.", "Too long.")

ALLOWED = [
    "Reply in one short sentence.",
    "Reply in 3 sentences.",
    "Reply in under 100 words.",
    "Keep it below 50 words.",
    "Give 5 examples.",
    "List 3-5 steps.",
    "Use at most 2 short paragraphs.",
    "Use the 24-hour clock.",
    "Answer in German.",
    "Write it in Python.",
    "Return valid JSON only.",
    "Use Celsius.",
    "Mention the 7 minutes.",
    "Address Ada.",
    "No bullet points.",
    "Stop apologising.",
    "Antworte in Stichpunkten.",
    "Antworte in höchstens 3 Sätzen.",
    "Réponds en 2 phrases.",
    "Responde en 20 palabras.",
    "Use simple words, as if I were ten.",
]


@pytest.mark.parametrize("hint", ALLOWED)
def test_wishes_pass(hint: str) -> None:
    assert fault(hint, CASE, "style") is None


REFUSED: list[tuple[str, Reason]] = [
    ("", "empty"),
    ("x" * (MOST_CHARS + 1), "too long"),
    ("You should be shorter.", "no instruction"),
    ("The reply was too long.", "no instruction"),
    ("Could it be shorter?", "no instruction"),
    ("It is 1989.", "no instruction"),
    ("Say that it was in 1989.", "number"),
    ("Use 12.5 grams of salt.", "number"),
    ("Boil it for 11 minutes and 1989 more.", "number"),
    ("Mention that Canberra is the capital.", "name"),
    ("Address Mr Miller politely.", "name"),
    ("Schreib an Herrn Anton Huber.", "name"),
    ('Start with "Dear Peter".', "quote"),
    ("Say «bonjour à tous».", "quote"),
    ("Call `df.head` first.", "code"),
    ("Use print(x) for it.", "code"),
    ("Set max_depth lower.", "code"),
    ("Look into config.yaml first.", "code"),
    ("Pass --verbose to it.", "code"),
]


@pytest.mark.parametrize(("hint", "reason"), REFUSED)
def test_leaks_and_remarks_are_refused(hint: str, reason: Reason) -> None:
    assert fault(hint, CASE, "style") == reason


def test_what_the_request_or_an_earlier_question_holds_is_no_leak() -> None:
    earlier = (Said("user", "I mean 1989"), Said("assistant", "Ok, Zoe"))
    case = Case("Write to Peter about `run_all`.", "Hi.", "No.", earlier=earlier)
    assert fault("Write to Peter about `run_all` in 1989.", case, "style") is None
    assert fault("Write to Zoe.", case, "style") == "name"


def test_the_answer_of_a_factual_correction_does_not_come_back() -> None:
    case = Case("What is the capital of Australia?", "It is sydney.", "no, it's canberra")
    assert fault("Say that the capital is canberra.", case, "factual") == "answer"
    assert fault("Check the capital before answering.", case, "factual") is None


def test_at_most_three_that_differ_and_refusals_are_counted() -> None:
    wishes = ["Be short.", "be short!", "Be shorter.", "No lists.", "Use plain words.", "Reply in German."]
    chosen = choose_hints(CASE, [*wishes, "It is 1989", None], "complaint")
    assert chosen.hints == ("Be short.", "No lists.", "Use plain words.")
    assert chosen.refused == {"repeated": 2, "too many": 1, "no instruction": 1, "empty": 1}


def test_another_number_is_another_wish() -> None:
    assert len(choose_hints(CASE, ["Reply in 2 sentences.", "Reply in 3 sentences."], "complaint").hints) == 2


@pytest.mark.parametrize(
    ("said", "category", "hint"),
    [
        ("Too long, one short sentence please.", "style", "Reply in one short sentence only."),
        ("make it shorter", "correction", "Make replies shorter."),
        ("useless", "complaint", None),
        ("no, it was 1989", "factual", None),
        ("Put 1989 there instead", "correction", None),
        ("thanks", "praise", None),
    ],
)
def test_the_users_own_words(said: str, category: Category, hint: str | None) -> None:
    assert own_words(Case("How do I boil an egg?", "Slowly.", said), category) == hint
