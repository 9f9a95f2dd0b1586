"""Single signs of a reaction: what the classifier counts. The words themselves are data (`resources/judge/cues.toml`).

All expect text as `assistant.memory.phrases.plain` returns it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache

import resources

FILE = "judge/cues.toml"
WORDS_FILE = "judge/words.toml"

SIGNS: dict[str, re.Pattern[str]] = {
    "happy": re.compile(r"[😀-😎😘😍🥰🤩👍🙏❤♥🎉💯👌🙌💪🔥✨👏😋🥳🤗💕💖😻]|[:;=]-?[)dp]|<3|\^\^"),
    "angry": re.compile(r"[😡😠🤬👎🤦😤😒🙄😑😩😫🤮😞😔😕🥱💀]|[:=]-?[(/]|-\.-"),
    "shout": re.compile(r"!{2,}|\?!|\?{2,}|!\?"),
    "asks": re.compile(r"\?\s*(?:$|[\W_]*$)"),
    "dots": re.compile(r"\.{2,}|…"),
    "digits": re.compile(r"\d"),
    "quotes": re.compile(r"[\"«»“”„`]"),
    "code": re.compile(r"[{};]|=>|\(\)|==|</|\$ |_\w+\("),
}
"""Punctuation, smileys and the like; matched anywhere."""


@cache
def cues() -> dict[str, re.Pattern[str]]:
    """A pattern for each cue, by name, in the order of the file."""
    table = tomllib.loads(resources.path(FILE).read_text(encoding="utf-8"))
    return {name: re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)") for name, words in table.items()}


@cache
def word_list(name: str) -> frozenset[str]:
    """One of the word lists: `function` or `common_names`."""
    table = tomllib.loads(resources.path(WORDS_FILE).read_text(encoding="utf-8"))
    return frozenset(table[name])
