"""What a request asks for and what a reply looks like: signs that a reply missed the question. Pure."""

from __future__ import annotations

import re

from assistant.judge.overlap import Overlap, content_stems

_ASKS = {
    "number": r"how (?:many|much|long|old|far|tall|often|big|hot|high|deep|fast)"
    r"|wie ?(?:viele?|lange?|alt|weit|hoch|oft|groß|teuer)"
    r"|combien|quelle (?:durée|distance|taille)|cuánt[oa]s?|qué (?:distancia|tamaño|altura)",
    "time": r"when|what (?:time|year|date)|wann|quand|à quelle heure|cuándo|a qué hora|en qué año",
    "place": r"where|wo|wohin|woher|où|dónde|adónde",
    "person": r"who|whose|wer|wem|qui|quién\w*",
    "way": r"how|wie|comment|cómo",
    "reason": r"why|what(?:'s| is) the reason|warum|wieso|weshalb|pourquoi|por qué",
    "choice": r"which|welche\w*|quel\w*|cuál\w*",
    "thing": r"what(?:'s)?|was|que|quoi|qu'est-ce|qué",
    "yes or no": r"^(?:is|are|does|do|did|can|could|should|will|was|were|has|ist|sind|kann|muss|soll|darf|hat|gibt"
    r"|est-ce"
    r"|peut-on|faut-il|y a-t-il|es|son|puedo|se puede|hay|tiene)",
    "task": r"^(?:please |can you |could you )?(?:write|give|make|list|translate|explain|suggest|find|plan|draft"
    r"|summari[sz]e|show"
    r"|fix|convert|schreib\w*|gib|erklär\w*|übersetz\w*|nenn\w*|mach\w*|écri\w+|donne\w*|explique\w*|tradui\w+|fais|escribe"
    r"|dame|explica\w*|traduce\w*|haz\w*|resume\w*)",
}
_KINDS = {name: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)") for name, pattern in _ASKS.items()}
_YES_NO = re.compile(r"^(?:yes|no|yep|nope|ja|nein|oui|non|sí|it depends|usually|generally)\b")
_LIST = re.compile(r"(?:^|\s)(?:\d+[.)]|[-*•]) ")
_ABOUT = re.compile(
    r"^(?:an?|the|der|die|das|ein|eine|le|la|les|un|une|el|los|las|una)?\s*[\w' -]{2,40}? (?:is|are|was|were"
    r"|ist|sind|war|est|sont"
    r"|était|es|son|fue) (?:an?|the|one|ein\w*|der|die|das|une?|le|la|un[ao]?|el)\b"
)


def kind_of_question(text: str) -> str:
    """What a text asks for, by its first sign; "" for nothing known. Expects text as `plain` returns it."""
    return next((name for name, pattern in _KINDS.items() if pattern.search(text)), "")


def measures(request: str, reply: str, said: str, overlap: Overlap) -> list[float]:
    """Whether the next message asks for the same kind of thing, and whether the reply could be an answer to it."""
    asked, again = kind_of_question(request), kind_of_question(said)
    digits = any(one.isdigit() for one in reply)
    of_request = overlap.request & content_stems(reply)
    near = bool(overlap.said & overlap.request)
    count = len(reply.split())
    general = bool(_ABOUT.match(reply))
    return [
        *(float(asked == one) for one in _KINDS), *(float(again == one) for one in _KINDS),
        float(asked == again != ""), float(asked == again != "" and near),
        float(asked in ("number", "time") and not digits),
        float(digits), float(bool(_YES_NO.match(reply))), float(asked == "yes or no" and not _YES_NO.match(reply)),
        len(of_request) / max(1, len(overlap.request)), float(bool(_LIST.search(reply))),
        float(count < 6), float(count > 35),
        float(general), float(general and asked in ("way", "reason", "number", "place", "task")),
        float(general and near and again != ""),
    ]  # fmt: skip
