"""Wishes that nobody can follow together."""

import pytest

from assistant.memory.conflicts import contradict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keep replies short.", "Write longer replies."),
        ("Reply in one short sentence only.", "Write longer replies."),
        ("Reply in one sentence.", "Reply in three sentences."),
        ("Never use emoji.", "Always use emojis."),
        ("Use fewer emojis.", "Use more emojis."),
        ("Always end with a question.", "Stop ending with a question."),
        ("Answer in German.", "Answer in French."),
        ("Use bullet points.", "Do not use bullet points."),
        ("Use bullet points.", "Write in prose."),
        ("Be more formal.", "Be casual."),
        ("Do not be so formal.", "Be more formal."),
    ],
)
def test_what_cannot_be_followed_together(one: str, other: str) -> None:
    assert contradict(one, other)
    assert contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keep replies short.", "keep replies short"),
        ("Keep replies short.", "Use bullet points."),
        ("Give fewer details.", "Keep replies short."),
        ("Never use emoji.", "Always end with a question."),
        ("Reply in one short sentence only.", "Always answer in German."),
        ("Use simple words.", "Keep replies short."),
        ("Do not use emoji.", "Do not use bullet points."),
        ("", "Keep replies short."),
        ("Sag immer Du.", "Keep replies short."),
    ],
)
def test_what_goes_together(one: str, other: str) -> None:
    assert not contradict(one, other)
    assert not contradict(other, one)
