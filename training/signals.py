"""What a reply says about itself, without any oracle: does a hint explain it, is it on topic, is it degenerate.

Everything here is computed from the base model's own log-probs and from plain text. A user's private taste is never
an input: the filter, the exam and the hints must not see what a simulated user checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "were",
        "with",
        "that",
        "this",
        "from",
        "have",
        "has",
        "had",
        "you",
        "your",
        "can",
        "could",
        "would",
        "should",
        "will",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "how",
        "does",
        "did",
        "not",
        "but",
        "about",
        "into",
        "than",
        "then",
        "them",
        "they",
        "their",
        "there",
        "here",
        "please",
        "tell",
        "give",
        "make",
        "some",
        "any",
        "all",
        "best",
        "good",
        "way",
        "use",
        "get",
        "need",
        "want",
        "explain",
        "describe",
        "write",
        "short",
        "long",
        "sentence",
        "one",
        "two",
    ]
)


def mean_gain(with_hint: Sequence[float], without: Sequence[float], limit: int = 64) -> float:
    """How much better the hint explains a reply: mean over its first `limit` tokens of log p(y|x,h) - log p(y|x).

    Nats per token under the base model; positive when the reply looks as if the hint had been followed.

    Raises:
        ValueError: the two lists differ in length.
    """
    pairs = list(zip(with_hint, without, strict=True))[:limit]
    return sum(a - b for a, b in pairs) / len(pairs) if pairs else 0.0


def content_words(text: str) -> list[str]:
    """Lower-case words that carry content, in order, without the commonest ones."""
    return [w for w in (m.lower() for m in _WORD.findall(text)) if w not in _COMMON]


def on_topic(reply: str, topic: Sequence[str], prompt: str = "") -> bool:
    """Whether a word of the reply starts with one of the topic's stems, else with one of the prompt's own words.

    Args:
        reply: the reply's text.
        topic: lower-case word stems; empty for a user's own prompt.
        prompt: used when there are no stems: the first five letters of its content words are the stems.
    """
    stems = list(topic) or [word[:5] for word in content_words(prompt)]
    if not stems:
        return bool(reply.strip())
    either = "|".join(re.escape(stem) for stem in stems)
    return re.search(rf"(?<![^\W_])(?:{either})", reply.lower()) is not None


def is_degenerate(reply: str, *, finished: bool = True) -> bool:
    """Empty, or looping: a 4-gram of words repeated three times, or one word making half of a longer reply.

    Args:
        reply: the reply's text.
        finished: False when the token limit cut it, which alone is not degenerate.
    """
    words = reply.lower().split()
    if not any(c.isalnum() for c in reply):
        return True
    if len(words) >= 8 and max(words.count(w) for w in set(words)) * 2 > len(words):
        return True
    grams = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return any(grams.count(g) >= (3 if finished else 4) for g in set(grams))
