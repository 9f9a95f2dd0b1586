"""Completes English fragments ("one short sentence") to an imperative. Pure text in, text out.

Small models obey a sentence better than a fragment; fragments in other languages are left as they are.
"""

from __future__ import annotations

import re

from assistant.memory.phrases import sentence

_I = re.IGNORECASE
_NUMBER = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|a few|a couple of|\d+)"
_LENGTH = re.compile(
    rf"^(?P<bound>(?:at most|no more than|max(?:imum)?|under|fewer than|less than"
    rf"|up to) )?(?P<only>just |only )?"
    rf"(?P<what>{_NUMBER}(?:(?: or |-| to ){_NUMBER})? ?(?:(?:very|single|short|simple|plain|long"
    rf"|full|complete|concise|brief) )*"
    r"(?:sentences?|words?|lines?|paragraphs?))(?P<after> only| max(?:imum)?| at most)?$",
    _I,
)
_FORM = re.compile(
    r"^(?:just |only )?(?P<what>(?:(?:an?|the|some|short|simple|plain|valid|ordered|markdown"
    r"|python|(?:number|bullet)ed) ){0,3}(?:bullet points|bullets|steps|numbered points|lists?"
    r"|tables?|json(?: object)?|prose|plain text|code))(?: only)?$",
    _I,
)
_ADVERBIAL = re.compile(r"^(?:in|as|with|without|like|under|using) \w+", _I)
_MANNER = re.compile(
    r"^(?P<how>(?:(?:a (?:bit|little|lot)|much|even|very) )?(?:short|brief|concise|succinct|long"
    r"|detailed|simple|polite|formal|casual|informal|friendly|serious|plain|honest"
    r"|(?:more|less) (?:concise|detailed|polite|formal|casual|informal|friendly|serious|direct"
    r"|precise|personal|enthusiastic|simple|relaxed|honest|careful)"
    r"|(?:short|brief|long|simpl|plain|friendli|nic|warm|calm|clear|kind|polit)e?r))$",
    _I,
)
_QUANTITY = re.compile(r"^(?:a (?:bit|little|lot) |much )?(?P<what>(?:more|less|fewer) [\w ]+)$", _I)
_PLURAL = re.compile(
    r"^(?P<what>(?:[\w-]+ ){1,2}(?:answers|replies|responses|sentences|paragraphs|words|texts"
    r"|explanations))$",
    _I,
)


def lift(bare: str) -> str:
    """An English fragment as an imperative; "" when it is none."""
    if found := _LENGTH.match(bare):
        bound = "at most " if found["bound"] or (found["after"] or "").strip() in {"max", "maximum", "at most"} else ""
        return f"Reply in {bound}{found['what'].lower()}{'' if bound else ' only'}."
    if (found := _FORM.match(bare)) and not re.match(
        r"(?:no|use|write|give|make|be|as|in|with|without|avoid|don't)\b", bare, _I
    ):
        joint = "with" if re.match(r"(?:an?|the|some) ", found["what"], _I) else "in"
        return f"Reply {joint} {_lower_first(found['what'])} only."
    if _ADVERBIAL.match(bare):
        return f"Reply {_lower_first(bare)}."
    if found := _MANNER.match(bare):
        how = found["how"].lower()
        return f"Keep replies {how}." if re.search(r"short|brief|concise|long|simpl", how) else f"Be {how}."
    if found := _PLURAL.match(bare):
        return sentence(bare) if _is_verb(bare) else f"Give {_lower_first(found['what'])}."
    if found := _QUANTITY.match(bare):
        return f"Use {found['what'].lower()}."
    return ""


def _is_verb(bare: str) -> bool:
    return bool(re.match(r"(?:no|use|write|give|make|keep|avoid|don't|always|never|stop|prefer|only)\b", bare, _I))


def _lower_first(text: str) -> str:
    """Lower-cases the first letter unless the word is an abbreviation such as JSON."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
