"""The private checks of the simulated users: does a reply have the form that this person likes.

Owns one function a preference, each over the prompt and the reply, and nothing else: content is checked apart (see
`User.satisfied`). No check is perfect; each docstring says by what the preference is told. The learner never sees
this module, not even indirectly: an import rule and a test keep it away.
"""

from __future__ import annotations

import re

from training.prompts import Prompt
from training.signals import content_words
from training.simulation import text, vocabulary

LONG_WORDS = 100
LONG_SENTENCES = 5
PARAGRAPH_WORDS = 80
FIRST_SENTENCE_WORDS = 25
COMMENT_WORDS = 12
LANGUAGE_SHARE = 0.2

_QUOTED = re.compile(r'answered: "(?P<answer>.+)"', re.DOTALL)


def is_short(reply: str) -> bool:
    """At most 160 characters and two full stops (the check of the spike in the learning notes)."""
    text = reply.strip()
    return 0 < len(text) <= 160 and text.count(".") <= 2


def short(_: Prompt, reply: str) -> bool:
    """See `is_short`."""
    return is_short(reply)


def long(_: Prompt, reply: str) -> bool:
    """At least 100 words in at least 5 sentences, and half of the words differ: padding by repetition is no detail."""
    found = text.words(reply)
    varied = len(set(found)) >= min(len(found) / 2, LONG_WORDS / 2)
    return len(found) >= LONG_WORDS and len(text.sentences(reply)) >= LONG_SENTENCES and varied


def prose(_: Prompt, reply: str) -> bool:
    """No list, bold, italics, heading, table or code block."""
    return text.is_prose(reply)


def question(_: Prompt, reply: str) -> bool:
    """The last mark is a question mark; closing quotes, brackets and emphasis after it do not count."""
    return bool(text.words(reply)) and reply.rstrip(" \n\t\"'\u201d\u2019)*_").endswith("?")


def casual(_: Prompt, reply: str) -> bool:
    """A greeting among the first three words, a contraction or a warm word, and no stiff phrase."""
    opening = " ".join(text.words(reply)[:3])
    relaxed = vocabulary.CONTRACTION.search(reply) or vocabulary.WARM.search(reply)
    return bool(vocabulary.GREETING.search(opening) and relaxed and not vocabulary.STIFF.search(reply))


def formal(_: Prompt, reply: str) -> bool:
    """A courteous phrase; no contraction, slang or smiley."""
    loose = vocabulary.CONTRACTION.search(reply) or vocabulary.SLANG.search(reply) or text.has_emoji(reply)
    return bool(vocabulary.COURTEOUS.search(reply)) and not loose


def bullets(_: Prompt, reply: str) -> bool:
    """At least two bullets and no line without one."""
    return text.bullets(reply) == len(text.lines(reply)) >= 2


def numbered(_: Prompt, reply: str) -> bool:
    """At least two steps that count up from 1, and at most one other line, such as an opening."""
    steps = text.numbers_of_steps(reply)
    return len(steps) >= 2 and steps == list(range(1, len(steps) + 1)) and len(text.lines(reply)) <= len(steps) + 1


def british(_: Prompt, reply: str) -> bool:
    """Words, and none of them in an American form. Most replies have no such word at all: see `shows_british`."""
    return bool(text.words(reply)) and not vocabulary.AMERICAN.search(reply)


def shows_british(_: Prompt, reply: str) -> bool:
    """At least one form that is British only."""
    return vocabulary.BRITISH.search(reply) is not None


def unapologetic(_: Prompt, reply: str) -> bool:
    """Words, and the writer does not apologise; advice on how to say sorry to somebody is no apology."""
    return bool(text.words(reply)) and not vocabulary.APOLOGY.search(reply)


def metric(_: Prompt, reply: str) -> bool:
    """Words, and no imperial unit, not even in brackets. Pounds after a number are read as a weight."""
    return bool(text.words(reply)) and not vocabulary.IMPERIAL.search(reply)


def shows_metric(_: Prompt, reply: str) -> bool:
    """At least one metric unit."""
    return vocabulary.METRIC.search(reply) is not None


def answer_first(prompt: Prompt, reply: str) -> bool:
    """The first sentence answers, a later one gives a reason.

    A proxy: the first sentence is a statement of at most 25 words that opens with none of the usual preambles, and has
    a content word that the prompt lacks, a digit, or yes or no at its start; after it comes a word such as "because",
    "since" or "otherwise".
    """
    first, *rest = text.sentences(reply) or [""]
    plain = bool(re.match(r"(?:yes|no)\b", first, re.IGNORECASE))
    says = plain or bool(set(content_words(first)) - set(content_words(prompt.text))) or bool(re.search(r"\d", first))
    direct = (
        not first.endswith("?")
        and not vocabulary.PREAMBLE.match(first)
        and len(text.words(first)) <= FIRST_SENTENCE_WORDS
    )
    return bool(says and direct and rest and vocabulary.REASON.search(" ".join(rest)))


def student(_: Prompt, reply: str) -> bool:
    """Does not look written by a machine: prose, no stock phrase of assistants, paragraphs of at most 80 words."""
    short_blocks = all(len(text.words(block)) <= PARAGRAPH_WORDS for block in text.paragraphs(reply))
    return text.is_prose(reply) and short_blocks and not vocabulary.MACHINE_LIKE.search(reply)


def teacher(prompt: Prompt, reply: str) -> bool:
    """A friendly word and at least 12 words, two of them content words of the pupil's own answer.

    The pupil's answer is what stands in quotes after "answered:" in the prompt; words of the rest of the prompt do
    not count as specific. Words are the same when their first five letters are. Without a quoted answer every word of
    the prompt counts.
    """
    found = _QUOTED.search(prompt.text)
    asked = _stems(prompt.text[: found.start()]) if found else set()
    specific = (_stems(found["answer"] if found else prompt.text) - asked) & _stems(reply)
    friendly = vocabulary.FRIENDLY.search(reply) is not None
    return friendly and len(text.words(reply)) >= COMMENT_WORDS and len(specific) >= 2


def german(_: Prompt, reply: str) -> bool:
    """At least a fifth of the words are common German words, and fewer are common English ones."""
    share = text.share(reply, vocabulary.GERMAN)
    return share >= LANGUAGE_SHARE and share > text.share(reply, vocabulary.ENGLISH)


def _stems(said: str) -> set[str]:
    return {word[:5] for word in content_words(said)}
