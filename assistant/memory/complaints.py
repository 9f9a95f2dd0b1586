"""Complaints about a reply: telling them from wishes, turning them into wishes. Pure text in, text out."""

from __future__ import annotations

import re

from assistant.memory.phrases import bare_clause, sentence

_I = re.IGNORECASE
_REPLY = (
    r"(?:your|the|this|that|my)? ?(?:last )?(?:answers?|repl(?:y|ies)|responses?|texts?|messages?"
    r"|explanation)"
)
_SUBJECT = (
    rf"(?:that|this|it|these|those|they|you|{_REPLY})(?:'s|'re)?(?: (?:is|was|are|were|looks?|sounds?"
    rf"|feels?|seems?))?"
)
_DEGREE = r"(?:(?:just|really|way|far|much|a bit|a little|simply|so|also|always|still) )*"
_TOO = re.compile(
    rf"^(?:{_SUBJECT} )?{_DEGREE}too (?P<what>(?:many|much|few|little) [\w ]+|[\w-]+(?: and [\w-]+)?)$", _I
)
_NOT_ENOUGH = re.compile(rf"^(?:{_SUBJECT} )?{_DEGREE}not (?:(?P<adj>\w+) enough|enough (?P<noun>[\w ]+))$", _I)
_USE_TOO = re.compile(
    r"^you (?:use|used|write|wrote|give|gave|make|made) (?:way |far )?too (?P<what>(?:many"
    r"|much) [\w ]+)$",
    _I,
)
_KEEP_DOING = re.compile(r"^you (?:keep|kept|are always|were always|are|were|'re always) (?P<doing>\w+ing\b.*)$", _I)
_COMPLAINT = re.compile(
    r"^(?:no|nope|wrong|great|good|nice|fine|perfect|cool|right|sure|ugh+|hm+|hey|hi|ok(?:ay)?|oh|well"
    r"|sorry|bad|terrible|awful|boring|come on"
    r"|please|thanks?|thank you"
    r"|nein|falsch|schlecht|non|faux|mauvais|mal|ay|i (?:don't|didn't|do not|did not) (?:like"
    r"|ask for|understand) (?:this|that|it)"
    rf"|i (?:hate|dislike) (?:this|that|it)|(?:that|this|it)(?:'s| is| was) not what i (?:want"
    rf"|wanted|asked|meant)(?: for)?"
    rf"|{_SUBJECT} {_DEGREE}(?:bad|wrong|terrible|awful|annoying|boring|useless|unreadable"
    rf"|long-?winded|rambling|a mess|ridiculous)"
    r"|(?:das|es) (?:war|ist) .*|(?:viel )?zu \w+|c'(?:est|était) .*|(?:beaucoup )?trop \w+|(?:es"
    r"|eso es|fue) .*|demasiado \w+"
    r"|why (?:do|did|are|is|was|so) .*|you (?:wrote|gave|used|made|did|didn't|never|always|ramble"
    r"|went|sound) ?.*|what(?:'s| is) (?:this|that).*)$",
    _I,
)
_HABIT = re.compile(r"^you (?P<how>always|constantly|often|never) (?P<what>.+)$", _I)

_OPPOSITES = {
    "Keep replies short.": ("long", "verbose", "wordy", "much text"),
    "Write longer replies.": ("short", "brief", "terse"),
    "Give fewer details.": ("detailed", "much detail", "many details"),
    "Use simple words.": ("complicated", "technical", "difficult"),
}


def complains(clause: str) -> bool:
    """Whether a clause only says that something was bad, not how it should be."""
    bare = bare_clause(clause)
    return not bare or bool(_COMPLAINT.match(bare)) or turn_round(bare) != ""


def turn_round(clause: str) -> str:
    """The wish inside a complaint ("too many emojis" -> "Use fewer emojis."), or "" when it holds none."""
    if found := _TOO.match(clause) or _USE_TOO.match(clause):
        return less(found["what"].lower())
    if found := _NOT_ENOUGH.match(clause):
        return f"Be more {found['adj']}." if found["adj"] else f"Give more {found['noun']}."
    if found := _KEEP_DOING.match(clause):
        return f"Stop {found['doing']}."
    if found := _HABIT.match(clause):
        return sentence(found["what"]) if found["how"].lower() == "never" else f"Do not {found['what']}."
    return ""


def less(what: str) -> str:
    """The wish opposite to "too <what>"."""
    for wish, faults in _OPPOSITES.items():
        if what in faults:
            return wish
    amount, _, noun = what.partition(" ")
    turned = {
        "many": f"Use fewer {noun}.",
        "much": f"Use less {noun}.",
        "few": f"Use more {noun}.",
        "little": f"Use more {noun}.",
    }
    return turned.get(amount, f"Be less {what}.")
