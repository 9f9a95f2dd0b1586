"""How far a correction reaches: every reply, this reply only, or a fact to remember.

Rules over wordings, nothing learned, and the answer names the rule that decided. Where no rule speaks
the narrow reading is taken (this reply only) and marked as not certain: a wish that was missed costs
the user one more click, a wish that was invented would change every later reply. Known limits: irony,
wishes told only by example, and languages other than English, German, French and Spanish.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.memory import phrases
from assistant.store.records import Scope


@dataclass(frozen=True, slots=True)
class ScopeGuess:
    """What the rules make of a text.

    Attributes:
        scope: durable behaviour, this reply only, or a fact.
        rule: name of the rule that decided.
        certain: False when no rule spoke and the narrow reading was taken.
    """

    scope: Scope
    rule: str
    certain: bool = True


def scope_of(text: str) -> Scope:
    """The scope alone; see `guess_scope`."""
    return guess_scope(text).scope


def guess_scope(text: str) -> ScopeGuess:
    """Reads the scope off the user's own words; the first rule that speaks decides."""
    said = phrases.plain(text)
    if not said:
        return ScopeGuess("reply", "empty", certain=False)
    style = bool(phrases.STYLE.search(said))
    for_good = bool(phrases.ALWAYS.search(said))
    if phrases.ONLY_NOW.search(said):
        return ScopeGuess("reply", "only now")
    if phrases.FACT.search(said) and not (style or for_good):
        return ScopeGuess("fact", "about the user")
    if for_good:
        return ScopeGuess("durable", "for good")
    if style:
        return ScopeGuess("durable", "style")
    if phrases.CONTENT.search(said):
        return ScopeGuess("reply", "content")
    if phrases.MANNER.search(said) and not phrases.THIS_MATTER.search(said):
        return ScopeGuess("durable", "manner")
    return ScopeGuess("reply", "unclear", certain=False)
