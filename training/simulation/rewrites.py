"""Rewrites: how a simulated person would mend the form of a reply by hand.

Owns one function a preference, text in, text out. None is sure to succeed; who uses one checks the result.
"""

from __future__ import annotations

import re

from training.simulation import text, vocabulary

_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•\u2013]\s+|(?:step\s+)?\d{1,2}\s*[.):]\s+)|\*\*|__|```\w*", re.I | re.M)
_LONG_FORMS = {
    r"\b(ca)n't\b": r"\1nnot", r"\b(w)on't\b": r"\1ill not", r"\b(let)'s\b": r"\1 us", "n't": " not",
    "'m": " am", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would",
    r"\b(it|that|there|here|what|who|how|where|he|she)'s\b": r"\1 is",
}  # fmt: skip


def shorten(reply: str) -> str:
    """The first sentence alone."""
    return (text.sentences(unmark(reply)) or [""])[0]


def unmark(reply: str) -> str:
    """Lines without list marks, emphasis and headings, joined to paragraphs."""
    blocks = [" ".join(text.lines(block)) for block in text.paragraphs(_MARKS.sub("", reply))]
    return "\n\n".join(blocks)


def ask_back(reply: str) -> str:
    """The reply with a question at the end."""
    return f"{reply.rstrip()} Is that what you had in mind?"


def greet(reply: str) -> str:
    """The reply after a greeting, with "it is" and the like contracted."""
    return "Hey! " + re.sub(r"\b(it|that|you) (?:is|are)\b", _contract, reply.strip(), flags=re.IGNORECASE)


def formalise(reply: str) -> str:
    """Contractions written out, after a courteous opening."""
    plain = reply.replace("\u2019", "'")
    for short, long in _LONG_FORMS.items():
        plain = re.sub(short, long, plain, flags=re.IGNORECASE)
    return f"Thank you for your question. {plain.strip()}"


def as_bullets(reply: str) -> str:
    """One bullet for each sentence."""
    return "\n".join(f"- {sentence}" for sentence in text.sentences(unmark(reply)))


def as_steps(reply: str) -> str:
    """One numbered line for each sentence."""
    return "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(text.sentences(unmark(reply)), 1))


def spell_british(reply: str) -> str:
    """American forms replaced, with a capital where there was one."""
    return vocabulary.AMERICAN.sub(_british, reply)


def drop_apologies(reply: str) -> str:
    """The reply without the sentences that apologise."""
    return " ".join(one for one in text.sentences(reply) if not vocabulary.APOLOGY.search(one))


def humanise(reply: str) -> str:
    """Plain paragraphs without the sentences that only an assistant writes."""
    blocks = text.paragraphs(unmark(reply))
    kept = [" ".join(s for s in text.sentences(block) if not vocabulary.MACHINE_LIKE.search(s)) for block in blocks]
    return "\n\n".join(block for block in kept if block)


def _contract(found: re.Match[str]) -> str:
    word = found[1]
    return f"{word}'re" if word.lower() == "you" else f"{word}'s"


def _british(found: re.Match[str]) -> str:
    word = vocabulary.SPELLING[found[0].lower()]
    return word.capitalize() if found[0][0].isupper() else word
