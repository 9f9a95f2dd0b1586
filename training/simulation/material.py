"""Prompts of particular users: homework, pupils' answers to comment on, and contrast prompts with what they ask for.

Owns reading three files. Homework and pupils' answers are prompts like those of the bank; a contrast prompt has
besides `asks` (see `training.simulation.asks`) and belongs to one user, whose preference must not apply to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from training.prompts import Prompt, Split, parse
from training.signals import on_topic
from training.simulation import text
from training.simulation.asks import Wanted, does


@dataclass(frozen=True, slots=True)
class Contrast:
    """A prompt with a wish of its own; `asks` says which, see `training.simulation.asks.does`."""

    prompt: Prompt
    asks: Mapping[str, Wanted]

    def kept(self, reply: str) -> bool:
        """Whether the reply does what was asked, on the subject; without topic stems the form alone decides."""
        stems = self.prompt.topic
        return does(reply, self.asks) and not text.is_broken(reply) and (not stems or on_topic(reply, stems))


def homework(split: Split) -> list[Prompt]:
    """What a pupil wants to hand in; half for interaction, half held out."""
    return _split("homework.jsonl", split)


def comments(split: Split) -> list[Prompt]:
    """Pupils' answers, in quotes after "answered:", on which a teacher wants a comment."""
    return _split("comments.jsonl", split)


def contrasts(user: str) -> tuple[Contrast, ...]:
    """The contrast prompts of one user, all held out.

    Raises:
        ValueError: a line asks for something that has no check.
    """
    return tuple(_contrast(row) for row in _rows("contrasts.jsonl") if row["user"] == user)


def _contrast(row: dict[str, Any]) -> Contrast:
    does("-", row["asks"])
    prompt = Prompt(row["id"], row["prompt"], tuple(row["topic"]), "writing", "heldout", contrast=True)
    return Contrast(prompt, row["asks"])


def _split(name: str, split: Split) -> list[Prompt]:
    return [prompt for prompt in map(parse, _rows(name)) if prompt.split == split]


@cache
def _rows(name: str) -> tuple[dict[str, Any], ...]:
    lines = files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)
