"""How a next state relates to the request and the reply before it, by the words and letters they share. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.judge.cues import word_list
from assistant.memory.phrases import plain

_WORD = re.compile(r"[^\W_]{2,}")
_STEM_CHARS = 5


def stem(word: str) -> str:
    """The beginning of a word: enough to find "boiled" in "boil it" and "Eier" in "Eiern"."""
    return word[:_STEM_CHARS]


def content_stems(text: str) -> frozenset[str]:
    """The stems of the words that carry content."""
    stop = word_list("function")
    return frozenset(stem(word) for word in _WORD.findall(plain(text)) if word not in stop)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Content stems of request, reply and next state, and the letters they share."""

    request: frozenset[str]
    reply: frozenset[str]
    said: frozenset[str]
    letters: float
    letters_reply: float

    @classmethod
    def of(cls, request: str, reply: str, said: str) -> Overlap:
        """Measures three texts."""
        grams = _grams(said)
        return cls(
            content_stems(request), content_stems(reply), content_stems(said),
            _alike(grams, _grams(plain(request))), _alike(grams, _grams(plain(reply))),
        )  # fmt: skip

    def measures(self) -> list[float]:
        """Shares and steps that a linear model can use."""
        both = self.said & self.request
        asked = _share(both, self.said | self.request)
        of_request = _share(both, self.request)
        of_said = _share(both, self.said)
        from_reply = _share(self.said & self.reply, self.said)
        fresh = _share(self.said - self.request - self.reply, self.said)
        only_reply = _share((self.said & self.reply) - self.request, self.said)
        return [
            asked, of_request, of_said, from_reply, only_reply, fresh, self.letters, self.letters_reply,
            *(float(of_request >= step) for step in (0.01, 0.34, 0.5, 0.67, 0.99)),
            *(float(asked >= step) for step in (0.2, 0.35, 0.5)),
            *(float(fresh >= step) for step in (0.01, 0.5, 0.75, 0.99)),
            float(not self.said), min(len(self.said), 12) / 12, fresh * min(len(self.said), 8) / 8,
            of_request * of_said, float(bool(both)), float(bool(self.said & self.reply)),
        ]  # fmt: skip


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part) / len(whole) if whole else 0.0


def _grams(text: str) -> set[str]:
    packed = re.sub(r"\W+", " ", text)
    return {packed[at : at + 4] for at in range(len(packed) - 3)}


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
