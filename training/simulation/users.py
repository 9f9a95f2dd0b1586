"""Simulated users: what they like, how they say so, and a check that only the benchmark sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.prompts import Prompt
from training.signals import on_topic


@dataclass(frozen=True, slots=True)
class User:
    """A person with one durable preference.

    Attributes:
        name: for tables.
        correction: what they write when a reply displeases them.
        likes: the private check of the style; content is checked apart.
    """

    name: str
    correction: str
    likes: Callable[[str], bool]

    def satisfied(self, prompt: Prompt, reply: str) -> bool:
        """Style and content together: a reply that pleases but misses the topic does not count."""
        return self.likes(reply) and on_topic(reply, prompt.topic)


def is_short(reply: str) -> bool:
    """At most 160 characters and two full stops (the check of the spike in the learning notes)."""
    text = reply.strip()
    return 0 < len(text) <= 160 and text.count(".") <= 2


SHORT = User("short", "Too long, one short sentence please.", is_short)
