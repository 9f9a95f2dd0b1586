"""What the classifier sees of a case: hashed n-grams and a row of measured features. Pure; numpy only.

Four groups of hashed features, each of length 1 so that none outweighs the others: words (with their place: first,
last), letters within words, the skeleton (function words as they are, others only as taken from the request, "Q",
from the reply, "A", or new, "N", which is the same in whatever the talk is about), and what request and reply are like.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.judge.case import CATEGORIES, Case
from assistant.judge.cues import SIGNS, cues
from assistant.judge.overlap import Overlap, stem
from assistant.judge.questions import measures
from assistant.judge.rules import about_reply, judge_case
from assistant.memory.phrases import plain
from assistant.memory.scope import guess_scope

BUCKETS = 1 << 15
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")
_START_CHARS = 30
_RULES = (
    "style", "for good", "content", "manner", "only now", "about the user", "unclear",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """One case as numbers.

    Attributes:
        at: buckets of the hashed features, ascending.
        value: their values, same length.
        dense: the measured features, float32 [D].
    """

    at: NDArray[np.int32]
    value: NDArray[np.float32]
    dense: NDArray[np.float32]


def features(case: Case) -> Features:
    """The features of a case."""
    said = plain(about_reply(case.next_state))
    overlap = Overlap.of(case.request, case.reply, said)
    sums: dict[int, float] = {}
    words = _WORD.findall(said)
    around = _around(_WORD.findall(plain(case.request)), _WORD.findall(plain(case.reply)))
    groups = (_word_grams(words), _letter_grams(words), _skeleton(words, overlap), around)
    for group in groups:
        grams = set(group)
        length = math.sqrt(len(grams)) or 1.0
        for gram in grams:
            # the highest bit picks the sign, so that collisions cancel instead of adding up
            code = zlib.crc32(f"{case.role}{gram}".encode())
            bucket = code % BUCKETS
            sums[bucket] = sums.get(bucket, 0.0) + (1 if code >> 31 else -1) / length
    at = np.array(sorted(sums), dtype=np.int32)
    value = np.array([sums[one] for one in sorted(sums)], dtype=np.float32)
    return Features(at, value, np.array(_measured(case, said, overlap), dtype=np.float32))


def _word_grams(words: list[str]) -> Iterable[str]:
    padded = ["^", *words[:60], "$"]
    for size in (1, 2, 3):
        for at in range(len(padded) - size + 1):
            yield "w" + " ".join(padded[at : at + size])
    yield "b" + " ".join(words[:1])
    yield "e" + " ".join([one for one in words if one.isalnum()][-1:])


def _letter_grams(words: list[str]) -> Iterable[str]:
    for word in words[:60]:
        padded = f" {word} "
        for size in (3, 4, 5):
            for at in range(max(1, len(padded) - size + 1)):
                yield "c" + padded[at : at + size]


def _skeleton(words: list[str], overlap: Overlap) -> Iterable[str]:
    kinds = ["^", *(_kind(word, overlap) for word in words[:40]), "$"]
    for size in (2, 3, 4):
        for at in range(len(kinds) - size + 1):
            yield "s" + " ".join(kinds[at : at + size])


def _around(request: list[str], reply: list[str]) -> Iterable[str]:
    """How the request begins, how the reply begins and ends, and its words: some replies can only disappoint."""
    for size in (1, 2, 3):
        yield "q" + " ".join(request[:size])
        yield "r" + " ".join(reply[:size])
        yield "l" + " ".join(reply[-size:])
    for one in set(reply[:60]):
        yield "p" + one


def _kind(word: str, overlap: Overlap) -> str:
    if word.isdigit():
        return "0"
    if len(word) < 4 or not word[0].isalpha():
        return word
    key = stem(word)
    if key in overlap.request:
        return "Q"
    return "A" if key in overlap.reply else "N" if len(word) > 5 else word


def _measured(case: Case, said: str, overlap: Overlap) -> list[float]:
    """Cues anywhere and at the start, signs, lengths, overlaps, and what the rules say."""
    start = said[:_START_CHARS]
    found: list[float] = []
    for cue in cues().values():
        hit = cue.search(said)
        found += [float(hit is not None), float(hit is not None and hit.start() == 0), float(bool(cue.search(start)))]
    found += [float(bool(sign.search(said))) for sign in SIGNS.values()]
    found += [float(said[-1:] in ".!"), float(not said), float(case.next_state.isupper())]
    count = len(said.split())
    found += [float(count <= limit) for limit in (1, 2, 4, 7, 11, 16, 24, 40)]
    found += overlap.measures()
    reply = plain(case.reply)
    found += [
        float(reply.endswith("?")), float("?" in reply[-120:]), math.log1p(len(reply.split())) / 5,
        math.log1p(count) / 5, math.log((count + 1) / (len(case.request.split()) + 1)) / 3, float(bool(case.earlier)),
        float("sorry" in reply or "can't" in reply or "cannot" in reply), float("```" in case.reply),
    ]  # fmt: skip
    found += measures(plain(case.request), reply, said, overlap)
    verdict, guess = judge_case(case), guess_scope(said)
    found += [float(verdict.category == one) for one in CATEGORIES]
    found += [float(verdict.score), float(verdict.score == -1)]
    return found + [float(guess.rule == one) for one in _RULES]
