"""The shipped prompts: enough of them, well formed, and no subject in two splits."""

from __future__ import annotations

import itertools
import re
from typing import get_args

import pytest

from training.prompts import KINDS, Prompt, Split, bank, parse

SPLITS = get_args(Split)
ALL = [prompt for split in SPLITS for prompt in bank(split)]
ACROSS = [(a, b) for a, b in itertools.combinations(ALL, 2) if a.split != b.split]
LINE = {"id": "x1", "prompt": "Why is snow white?", "topic": ["snow"], "kind": "science", "split": "exam"}


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(
    ("split", "least", "most"),
    [("practice", 240, 1000), ("exam", 100, 1000), ("heldout", 32, 32), ("interaction", 32, 32)],
)
def test_each_split_is_large_enough(split: Split, least: int, most: int) -> None:
    assert least <= len(bank(split)) <= most


def test_ids_texts_and_subjects_are_unique() -> None:
    assert len({prompt.id for prompt in ALL}) == len(ALL)
    assert len({" ".join(sorted(words(prompt.text))) for prompt in ALL}) == len(ALL)
    assert len({prompt.topic[0] for prompt in ALL}) == len(ALL)


def fault(prompt: Prompt) -> str | None:
    if not 3 <= len(prompt.text.split()) <= 40 or prompt.text != prompt.text.strip():
        return "text"
    if prompt.kind not in KINDS:
        return "kind"
    if not all(re.fullmatch(r"[a-z0-9][a-z0-9.-]+", stem) for stem in prompt.topic):
        return "stem"
    return None if 1 <= len(set(prompt.topic)) == len(prompt.topic) <= 4 else "topic"


def test_fields_are_sound() -> None:
    assert [(prompt.id, fault(prompt)) for prompt in ALL if fault(prompt)] == []


def test_no_subject_of_one_split_is_a_topic_of_another() -> None:
    shared = [(a.id, b.id) for a, b in ACROSS if a.topic[0] in b.topic or b.topic[0] in a.topic]
    assert shared == []


def test_no_two_splits_share_a_near_duplicate() -> None:
    def likeness(a: Prompt, b: Prompt) -> float:
        return len(words(a.text) & words(b.text)) / len(words(a.text) | words(b.text))

    assert [(a.text, b.text) for a, b in ACROSS if likeness(a, b) > 0.7] == []


def test_contrast_prompts_are_a_known_share() -> None:
    for split in ("practice", "exam"):
        prompts = bank(split)
        assert 0.12 <= sum(prompt.contrast for prompt in prompts) / len(prompts) <= 0.2
    assert not any(prompt.contrast for prompt in bank("heldout") + bank("interaction"))


def test_the_question_of_the_user_story_is_in_no_split() -> None:
    assert [prompt.id for prompt in ALL if {"egg", "eggs"} & words(prompt.text)] == []


@pytest.mark.parametrize(
    "change", [{"topic": []}, {"topic": list("abcde")}, {"kind": "other"}, {"split": "test"}, {"extra": 1}]
)
def test_a_bad_line_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="x1"):
        parse(LINE | change)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="no split"):
        bank("test")  # type: ignore[arg-type]
