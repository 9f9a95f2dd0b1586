"""The prompts that ship with the program: practice, exam, and the questions of the simulated users.

Owns reading and checking the two files. It must not know what is done with a prompt: style checks belong to
the simulated users, grading to the exam.

A line of either file is an object with `id`, `prompt`, `topic` (word stems), `kind`, `split` and, where the
prompt asks for a length or form of its own that a preference must not override, `"contrast": true`.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Split = Literal["practice", "exam", "heldout", "interaction"]

_DAILY = ("everyday", "howto", "food", "health", "travel", "kids", "advice", "chat")
_DESK = ("explain", "science", "tech", "work", "writing", "email", "arithmetic")
KINDS = frozenset(_DAILY + _DESK)

_FILES: dict[Split, tuple[str, tuple[str, ...]]] = {
    "practice": ("resources", ("prompts", "practice.jsonl")),
    "exam": ("resources", ("prompts", "practice.jsonl")),
    "heldout": ("training", ("simulation", "questions.jsonl")),
    "interaction": ("training", ("simulation", "questions.jsonl")),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing a person might ask.

    Attributes:
        id: stable name; runs record it.
        text: what the user writes.
        topic: lower-case word stems; a reply on the topic has a word that starts with one of them. The first
            is the subject, and no two prompts share it.
        kind: what sort of request it is, one of `KINDS`.
        split: which set it belongs to; sets share no subject.
        contrast: it has a wish of its own for length or form, which a standing preference must not override.
    """

    id: str
    text: str
    topic: tuple[str, ...]
    kind: str
    split: Split
    contrast: bool = False


def bank(split: Split) -> list[Prompt]:
    """All prompts of one split, in the order of the file.

    Raises:
        ValueError: there is no such split, or the file has a line that is not a prompt.
    """
    if split not in get_args(Split):
        raise ValueError(f"no split called {split!r}")
    package, parts = _FILES[split]
    return [prompt for prompt in _read(package, parts) if prompt.split == split]


def drawn(split: Split, seed: int, *, contrast: bool = False) -> list[Prompt]:
    """The prompts of a split with, or without, a wish of their own, in an order that the seed decides."""
    found = [prompt for prompt in bank(split) if prompt.contrast is contrast]
    random.Random(seed).shuffle(found)
    return found


@cache
def _read(package: str, parts: tuple[str, ...]) -> tuple[Prompt, ...]:
    text = files(package).joinpath(*parts).read_text(encoding="utf-8")
    return tuple(parse(json.loads(line)) for line in text.splitlines())


def parse(line: dict[str, Any]) -> Prompt:
    """A prompt from one decoded line.

    Raises:
        ValueError: a field is missing, unknown or out of range.
    """
    unknown = line.keys() - {"id", "prompt", "topic", "kind", "split", "contrast"}
    missing = {"id", "prompt", "topic", "kind", "split"} - line.keys()
    if unknown or missing:
        raise ValueError(f"prompt {line.get('id')!r}: fields {sorted(unknown | missing)} unknown or missing")
    topic = tuple(line["topic"])
    if not 1 <= len(topic) <= 4 or line["kind"] not in KINDS or line["split"] not in get_args(Split):
        raise ValueError(f"prompt {line['id']!r}: topic, kind or split out of range")
    return Prompt(line["id"], line["prompt"], topic, line["kind"], line["split"], bool(line.get("contrast")))
