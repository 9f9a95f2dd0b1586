"""Plain facts about the form of a text: words, sentences, lists, emphasis, paragraphs.

Owns how each of these is recognised, once for all checks. It must not know who asks or what they like.
"""

from __future__ import annotations

import json
import re

from training.signals import is_degenerate

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]*]*\s+|\n+")
_BULLET = re.compile(r"^\s*[-*+•\u2013]\s+\S", re.MULTILINE)
_NUMBERED = re.compile(r"^\s*\**(?:step\s+)?(\d{1,2})\s*[.):]\**\s+\S", re.MULTILINE | re.IGNORECASE)
_EMPHASIS = re.compile(r"\*\*[^\s*][^*\n]*\*\*|__[^\s_][^_\n]*__|(?<![\w*])\*[^\s*][^*\n]*\*(?![\w*])")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+\S", re.MULTILINE)
_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_RULE = re.compile(r"^\s*\|[\s|:-]+\|\s*$", re.MULTILINE)
_EMOJI = re.compile(r"[\U0001f300-\U0001faff☀-➿]|[:;]-?[)D(]")


def words(text: str) -> list[str]:
    """Lower-case words and numbers, with straight apostrophes."""
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]


def sentences(text: str) -> list[str]:
    """Pieces that end with a full stop, a question or exclamation mark, or a line."""
    return [piece.strip() for piece in _SENTENCE.split(text.strip()) if words(piece)]


def lines(text: str) -> list[str]:
    """Lines that are not blank, stripped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def paragraphs(text: str) -> list[str]:
    """Blocks between blank lines."""
    return [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]


def bullets(text: str) -> int:
    """How many lines begin with a bullet."""
    return len(_BULLET.findall(text))


def numbers_of_steps(text: str) -> list[int]:
    """The numbers that lines begin with: `1.`, `2)`, `Step 3:`."""
    return [int(number) for number in _NUMBERED.findall(text)]


def list_lines(text: str) -> int:
    """Bulleted and numbered lines together."""
    return bullets(text) + len(numbers_of_steps(text))


def table_rows(text: str) -> int:
    """Rows between pipes, without the line under the header."""
    return len(_ROW.findall(text)) - len(_RULE.findall(text))


def headings(text: str) -> int:
    """Headings with `#`, and lines that are nothing but emphasis."""
    alone = sum(bool(re.fullmatch(r"(?:\*\*|__)[^*_]+(?:\*\*|__):?", line)) for line in lines(text))
    return len(_HEADING.findall(text)) + alone


def has_emphasis(text: str) -> bool:
    """Bold or italics."""
    return _EMPHASIS.search(text) is not None


def has_code(text: str) -> bool:
    """A fenced block."""
    return _FENCE.search(text) is not None


def has_emoji(text: str) -> bool:
    """A picture or a smiley typed with punctuation."""
    return _EMOJI.search(text) is not None


def is_prose(text: str) -> bool:
    """Words in sentences: no list, emphasis, heading, table or code block."""
    marked = list_lines(text) or headings(text) or table_rows(text) or has_emphasis(text) or has_code(text)
    return bool(words(text)) and not marked


def is_json(text: str) -> bool:
    """One JSON object or array, in a code block or not."""
    try:
        return isinstance(json.loads(_FENCE.sub("", text)), dict | list)
    except ValueError:
        return False


def is_broken(text: str) -> bool:
    """Empty or looping, told by the words alone: the bars of a table are no repetition."""
    return is_degenerate(" ".join(words(text)))


def share(text: str, vocabulary: frozenset[str]) -> float:
    """Part of the words that belong to a vocabulary; 0 without words."""
    found = words(text)
    return sum(word in vocabulary for word in found) / len(found) if found else 0.0
