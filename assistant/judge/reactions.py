"""The wordings of reactions to a reply, in English, German, French and Spanish. Patterns only.

All expect text as `assistant.memory.phrases.plain` returns it.
"""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in alternatives))


PRAISE = _any(
    r"\b(?:thanks?|thank you|thx|cheers|perfect|great|excellent|awesome|brilliant|wonderful|lovely"
    r"|well done|spot on)\b",
    r"\b(?:nice|good|beautiful|amazing) (?:one|job|work|answer|reply|explanation)\b|^(?:nice|good"
    r"|cool|sweet)\b[.! ]*$",
    r"\b(?:that|this|it) (?:works|worked|helps|helped|makes sense)\b|\b(?:exactly"
    r"|just) what i (?:wanted|needed)\b",
    r"\b(?:love|like) (?:it|this|that)\b|\b(?:that's|that is|you're|you are) (?:right|correct)\b",
    r"\b(?:danke|perfekt|super|toll|prima|wunderbar|genau richtig|klasse)\b",
    r"\b(?:merci|parfait|génial|excellent|très bien|impeccable)\b",
    r"\b(?:gracias|perfecto|genial|estupendo|excelente|muy bien)\b",
)

# "not great", "thanks for nothing": praise that means its opposite.
SPOILT = _any(
    r"\b(?:not|isn't|wasn't|hardly|far from|less than) (?:\w+ )?(?:good|great|perfect|helpful|nice"
    r"|right|correct|excellent)\b",
    r"\bthanks? (?:for nothing|but no)\b|\bno,? thanks?\b|\b(?:nicht|pas|no es) (?:gut|perfekt"
    r"|super|bien|parfait|perfecto)\b",
    r"\b(?:but|however|except|aber|mais|pero)\b",
)

COMPLAINT = _any(
    r"(?:^(?:\w+ )?|\b(?:that|this|it|you|they|answer|reply)(?:'s|'re| is| was| are| were) (?:\w+ )?)"
    r"(?:useless|terrible|awful|horrible|bad|rubbish|garbage|nonsense|annoying|disappointing"
    r"|unhelpful|stupid|ridiculous)\b",
    r"\b(?:doesn't|didn't|does not|did not|don't|isn't|won't) (?:work|help|make sense|compile|run"
    r"|answer)\b|\bstill (?:broken|wrong|fails|failing|not)\b",
    r"\bnot (?:what i (?:asked|wanted|meant|need)|helpful|good|right|correct)\b|\bi (?:hate|dislike"
    r"|don't like) (?:it|this|that)\b|\bthanks for nothing\b",
    r"\b(?:schlecht|furchtbar|nutzlos|quatsch|unsinn|funktioniert nicht|hilft nicht)\b",
    r"\b(?:nul|mauvais|inutile|n'importe quoi|ne (?:marche|fonctionne) pas)\b|\b(?:mal|malo|inútil"
    r"|no funciona|no sirve)\b",
)

REDO = _any(
    r"\b(?:try|do|write|answer|explain|say|generate) (?:it |that |this )?(?:again|differently"
    r"|another way|once more)\b|\b(?:redo|rewrite|rephrase|reword|retry)\b",
    r"\b(?:can|could) you (?:please )?(?:change|fix|shorten|expand|simplify|make it|make this)\b"
    r"|\bmake (?:it|this|that) \w+er\b",
    r"\b(?:noch ?mal|nochmals|versuch es|umschreiben)\b|\b(?:réessaie|recommence|reformule)\b"
    r"|\b(?:otra vez|inténtalo|reformula)\b",
)

FACTUAL = _any(
    r"^(?:no|nope|wrong|incorrect|false|nein|falsch|non|faux|incorrecto)\b(?! (?:problem|worries"
    r"|thanks?|need|matter|doubt|probl\w+))",
    r"\b(?:that|this|it|which)(?:'s| is| was)? (?:just |simply |plain |still )?(?:wrong|incorrect"
    r"|false|untrue|not (?:right|true|correct))\b",
    r"\byou(?:'ve| have)? (?:forgot|forgotten|missed|left out|omitted|skipped|overlooked|misread"
    r"|misunderstood|mixed up|got .* wrong)\b",
    r"\bactually,? (?:it|he|she|they|the|that)\b|\bshould (?:be|have been)\b|\bi (?:meant|asked for"
    r"|said)\b",
    r"\bhast du .*(?:vergessen|übersehen)|\bdu hast .*(?:vergessen|übersehen)\b|\b(?:stimmt nicht"
    r"|ist falsch)\b",
    r"\btu as oublié\b|\bc'est faux\b|\b(?:olvidaste|te faltó|es incorrecto|está mal)\b",
)

MOVES_ON = _any(
    r"^(?:ok(?:ay)?|alright|right|got it|i see|understood|sure|fine|yes|yep|ja|gut|verstanden"
    r"|d'accord|oui|vale|sí|entendido)\b",
    r"^(?:and |so |now |then |next|what about|how about|und |et |y )\b",
)

TOPIC_CHANGE = _any(
    r"\b(?:different|another|new|other|unrelated) (?:question|topic|thing|subject)\b"
    r"|\b(?:something else|by the way|btw|anyway|changing the subject|on another note)\b",
    r"\b(?:anderes thema|übrigens|etwas anderes)\b|\b(?:autre chose|au fait|autre sujet)\b"
    r"|\b(?:otra cosa|por cierto|otro tema)\b",
)

# A wish about form inside one of these belongs to the new task.
NEW_TASK = _any(
    r"^(?:please |now )?(?:write|give|tell|create|make|draft|compose|list|describe|translate"
    r"|summari[sz]e|show|find|plan)"
    r" (?:me |us )?(?:an?|the|some|my|this|\d+|two|three|four|five|ten"
    r"|about) (?!(?:\w+ )?(?:answers?|repl(?:y|ies)|sentences?)\b)\w+",
    r"^(?:please )?(?:schreib|erzähl|gib|erstelle)\w* (?:mir |uns )?(?:eine?n?|das|den|die)\b"
    r"|^(?:écris|raconte|donne)(?:-moi)? (?:une?|le|la|les)\b",
    r"^(?:escribe|cuenta|dame) (?:una?|el|la|los)\b",
)
