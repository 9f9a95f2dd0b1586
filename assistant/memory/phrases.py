"""The wordings by which people say how a reply should be, in English, German, French and Spanish.

Only patterns live here; what follows from them is decided by `scope` and `wording`. All patterns
expect the text that `plain` returns.
"""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


def tidy(text: str) -> str:
    """The text in NFC on one line, with straight quotes and single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_QUOTES).split())


def plain(text: str) -> str:
    """`tidy`, in lower case: what the patterns are matched against."""
    return tidy(text).lower()


def bare_clause(clause: str) -> str:
    """A clause without the punctuation and the pair of quotes around it."""
    bare = clause.strip(" .,;:!?-")
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def sentence(bare: str) -> str:
    """The words as a sentence: a capital at the start, a full stop at the end."""
    body = bare.strip(" ,;:")
    if not body:
        return ""
    return body[0].upper() + body[1:] + ("" if body[-1] in ".!?" else ".")


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in alternatives))


ONLY_NOW = _any(
    r"\b(?:just |only )?(?:this (?:time|once)|for (?:once|now|this (?:one|reply|answer|question))"
    r"|just here)\b",
    r"\bin this (?:reply|answer|message|case)\b",
    r"\bnever ?mind\b",
    r"\b(?:nur )?(?:dieses mal|diesmal|in diesem fall|in dieser antwort)\b",
    r"\b(?:juste )?(?:cette fois|dans cette réponse|dans ce cas)\b",
    r"\b(?:solo )?(?:esta vez|por esta vez|en esta respuesta|en este caso)\b",
)

ALWAYS = _any(
    r"\b(?:always|never|from now on|in (?:the )?future|going forward|henceforth|every (?:time"
    r"|reply|answer)|each time|whenever"
    r"|next time|by default|(?:stop|quit|avoid) \w+ing|don't ever|do not ever|no more|any ?more"
    r"|in general)\b",
    r"\b(?:immer|nie|niemals|nie wieder|ab jetzt|von jetzt an|ab sofort|künftig|in zukunft"
    r"|jedes mal|nächstes mal|hör auf)\b",
    r"\b(?:toujours|jamais|désormais|dorénavant|à l'avenir|chaque fois|la prochaine fois|arrête de)\b",
    r"\b(?:siempre|nunca|jamás|de ahora en adelante|a partir de ahora|en el futuro|cada vez"
    r"|la próxima vez|deja de)\b",
)

_UNIT = r"(?:sentences?|words?|lines?|paragraphs?|characters|syllables)"
_COUNT = r"(?:a|an|one|two|three|four|five|six|seven|ten|single|\d+)"
_TEXT = (
    r"(?:answers?|repl(?:y|ies)|responses?|sentences?|versions?|texts?|explanations?|paragraphs?"
    r"|summar(?:y|ies)|words?)"
)
_LANGUAGE = (
    r"(?:english|german|french|spanish|italian|portuguese|dutch|polish|latin|russian|turkish|japanese"
    r"|chinese)"
)

STYLE = _any(
    # length
    r"\b(?:too|so|very|overly) (?:long|short|wordy|verbose|brief|terse|detailed|much (?:text"
    r"|detail|information))\b",
    rf"\b(?:short|brief|concise|terse|long|detailed|succinct|compact|crisp)(?:er|ly)? (?:\w+ )?{_TEXT}\b",
    r"\b(?:be|keep (?:it|them|this|that|things|your \w+|\w+)|make (?:it|them|this|that)|much|even"
    r"|a (?:bit|little|lot)) "
    r"(?:more )?(?:short|brief|concise|terse|long|detailed|succinct)(?:er)?\b",
    r"(?:^|[,.;:!-] ?)(?:please )?(?:short|brief|concise|long"
    r"|detailed)(?:er)?(?:,? please)?\s*(?:[.,;!]|$)",
    rf"\b(?:in |only |just |with |max(?:imum)? |at most )?{_COUNT} (?:\w+ ){{0,2}}{_UNIT}(?: only"
    rf"| max(?:imum)?|,? please)?\s*(?:[.,;!]|$)",
    r"\b(?:less|fewer) (?:text|words|detail|details|talk|fluff|padding)\b|\bmore (?:details?"
    r"|depth|concise|brief)\b",
    r"\bwalls? of text\b|\bramb(?:le|ling)\b|\blong-?winded\b|\b(?:get|straight) to the point\b"
    r"|\bin (?:short|brief|a nutshell)\b",
    # form
    r"\bbullet(?:s|ed)?\b|\b(?:bold|italics?|markdown|headings?|headers|emojis?|emoticons?"
    r"|smileys?|exclamation marks?)\b",
    r"\b(?:a|as|in|no|without|use|with|numbered|bulleted|avoid) (?:\w+ )?(?:lists?|tables?)\b"
    r"|\bnumbered (?:steps|points)\b",
    r"\b(?:all )?(?:in )?(?:caps|uppercase|upper case|lowercase|lower case|capital letters)\b"
    r"|\bin (?:all )?capitals\b",
    r"\b(?:as|in|with|use|only|valid) (?:an? )?(?:valid )?(?:json|yaml|xml|html|csv|latex)\b"
    r"|\ba json object\b",
    r"\b(?:only|just) the (?:code|answer|result|facts|number|essentials)\b|\b(?:like|want|prefer"
    r"|hate) (?:\w+ )?(?:lists?|tables?)\b",
    r"\b(?:intro(?:duction)?s?|preambles?|greetings?|closing remarks?|small talk)\b|\b(?:that|so"
    r"|this) much (?:detail|text|information)\b",
    r"\bplain (?:text|prose|english|language)\b|\b(?:as|in) prose\b|\bcode blocks?\b"
    r"|\bstep[ -]by[ -]step\b",
    # tone
    r"\b(?:formal|informal|casual|colloquial|friendl(?:y|ier)|polite|professional|humou?rous"
    r"|sarcastic|robotic|preachy|condescending"
    r"|patroni[sz]ing|warm|cheerful|serious)(?:er|ly)?\b",
    r"\b(?:apologi[sz](?:e|es|ing)|apolog(?:y|ies)|saying sorry|disclaimers?|jargon|slang"
    r"|lectur(?:e|ing)|flatter(?:y|ing)?)\b",
    r"\bsimpl(?:e|er|y) (?:words|language|terms|english)\b|\b(?:as if|like) i(?:'m| am| was"
    r"| were)\b|\b(?:talk|write|sound|speak) like\b",
    # language, spelling, units
    rf"\bin (?:plain |simple )?{_LANGUAGE}\b|\b(?:british|american|uk|us) (?:spelling|english)\b",
    r"\b(?:metric|imperial|celsius|fahrenheit|24-?hour|si) (?:units?|system|clock|time)\b"
    r"|\bin (?:celsius|fahrenheit|kilomet\w+|metric)\b",
    # process
    r"\b(?:end|finish|close|start|begin|open)(?:ing)? (?:(?:\w+ ){0,3})(?:with|by)\b"
    r"|\bfollow-?up questions?\b|\bask (?:me )?(?:a |more )?questions?\b",
    r"\b(?:cite|with|give|name|add|include|no) (?:your |the |more |some |an? )?(?:sources?"
    r"|references?|examples?)\b",
    r"\b(?:answer|result|conclusion|summary) first\b|\brepeat(?:ing)? (?:my|the) question\b"
    r"|\bgreet me\b|\buse my name\b",
    # German
    r"\b(?:zu|viel zu) (?:lang|kurz|ausführlich|förmlich|knapp|viel text)\b|\b(?:kurz|kürzer"
    r"|knapp|knapper|ausführlicher|länger)\b",
    r"\b(?:ein|einem|einen|zwei|drei|\d+) (?:\w+ )?(?:satz|sätzen?|wort|wörtern?|worten|zeilen?"
    r"|absätzen?)\b",
    r"\b(?:stichpunkte?n?|stichworte?n?|aufzählung(?:en)?|als liste|keine listen?|fettdruck"
    r"|überschriften|tabelle|förmlich(?:er)?|locker(?:er)?|duzen|siezen|höflich(?:er)?"
    r"|schritt für schritt)\b",
    r"\b(?:auf|in) (?:deutsch|englisch|französisch|spanisch|italienisch)\b|\bentschuldig(?:e|en"
    r"|ung|ungen)\b|\bmit einer frage\b",
    # French
    r"\btrop (?:long|longue|court|courte|détaillé|formel|bavard)\b|\bplus (?:court|courte|bref"
    r"|brève|long|longue|concis|concise|simple)\b",
    r"\b(?:une|deux|trois|\d+) (?:seule )?(?:courte )?(?:phrases?|mots|lignes?|paragraphes?)\b"
    r"|\b(?:bref|brièvement|concis)\b",
    r"\b(?:liste|listes|puces|gras|tableau|titres|tutoie|tutoyer|vouvoie|vouvoyer|poli|excuses?"
    r"|étape par étape)\b|\ben (?:français|anglais|allemand|espagnol|italien)\b",
    # Spanish
    r"\bdemasiado (?:larg[oa]|cort[oa]|formal|detallad[oa]|texto)\b|\bmás (?:cort[oa]|breve"
    r"|larg[oa]|concis[oa]|simple|formal)\b",
    r"\b(?:una|dos|tres|\d+) (?:sola )?(?:frases?|oraci(?:ón|ones)|palabras|líneas?"
    r"|párrafos?)(?: cortas?)?\b|\b(?:breve|brevemente|conciso)\b",
    r"\b(?:lista|listas|viñetas|negrita|tabla|títulos|tutéame|disculpas?|paso a paso)\b"
    r"|\ben (?:español|inglés|alemán|francés|italiano)\b",
)

FACT = _any(
    r"\bmy (?:\w+ )?(?:name|nickname|birthday|wife|husband|partner|son|daughter|kids?|children"
    r"|mother|father|brother|sister|dog|cat|job"
    r"|employer|company|team|boss|address|city|hometown|car|phone|age|email|laptop|hobby"
    r"|favou?rite [\w ]+?)(?:'s|\b[\w ]{0,20}? (?:is|are|was))\b",
    r"\bi(?:'m| am) (?:a|an|from|allergic|vegan|vegetarian|married|single|based|called|retired"
    r"|diabetic|deaf|blind|left-handed|\d+)\b",
    r"\b(?:i|we) (?:live|work|study|was born|were born|grew up|moved|own|teach|come from|speak"
    r"|use)\b|\bi (?:love|like) (?!it\b|this\b|that\b|you\b)|\bi (?:have|keep) (?:a|an|two|three"
    r"|\d+) (?!question|problem|feeling|request|point)\w+",
    r"\bcall me \w+",
    r"^(?:please )?(?:remember|note|keep in mind|don't forget|do not forget)(?: that|:) ",
    r"\b(?:ich heiße|mein name ist|meine? \w+ (?:ist|heißt|sind)|ich (?:wohne|lebe|arbeite"
    r"|studiere|komme aus)|ich bin (?:\d+|aus|allergisch|vegetarier\w*|veganer\w*|lehrer\w*"
    r"|student\w*|verheiratet)|nenn mich)\b",
    r"^(?:bitte )?(?:merk dir|denk daran|vergiss nicht),? dass\b",
    r"\b(?:je m'appelle|mon nom est|m(?:on|a) \w+ (?:est|s'appelle)|j'habite|je (?:vis|travaille"
    r"|viens de)|je suis (?:allergique|végétarien\w*|marié\w*|né\w*|étudiant\w*|professeur\w*)"
    r"|appelle-moi)\b",
    r"^(?:retiens|souviens-toi|n'oublie pas|note) qu",
    r"\b(?:me llamo|mi nombre es|mi \w+ (?:es|se llama)|vivo en|trabajo en|soy (?:de|alérgic\w+"
    r"|vegetarian\w+|estudiante|profesor\w*)|llámame)\b",
    r"^(?:recuerda|ten en cuenta|no olvides) que\b",
)

CONTENT = _any(
    r"^(?:no|nope|wrong|incorrect|false|nein|falsch|non|faux|mal|incorrecto)\s*[,.:;!-]",
    r"\byou(?:'ve| have)? (?:forgot|forgotten|missed|left out|omitted|skipped|overlooked|misread"
    r"|misunderstood|mixed up|confused)\b",
    r"\b(?:that|this|it|which|your \w+)(?:'s| is| was| are| were)? (?:simply |just |plain "
    r"|completely |totally )?(?:wrong|incorrect|false|untrue|outdated|not (?:right|true"
    r"|correct))\b",
    r"\bactually\b|\bnot \w+,? but \w+|\bi (?:meant|asked (?:for|about))\b|\b(?:it|that|he|she"
    r"|they|there|the [\w ]{1,40}?) (?:was|were|is|are|has|had)\b",
    r"\bit's \w+|\bshould (?:be|have been) \d|\b(?:du hast|hast du) .*(?:vergessen|übersehen)\b"
    r"|\b(?:das|es) (?:ist|war|stimmt)\b",
    r"\btu as (?:oublié|omis)\b|\b(?:c'est|c'était|ce n'est pas)\b|\b(?:olvidaste|has olvidado"
    r"|te faltó)\b|\b(?:eso|esto) (?:es|está|era)\b",
)

_MANNER_VERB = (
    r"(?:be|reply|answer|respond|write|speak|talk|use|keep|sound|act|behave|treat|address|explain"
    r"|phrase|format|structure|sign|skip"
    r"|avoid|stop|include|prefer|give|show|ask|summari[sz]e|translate|put|mention)"
)
MANNER = _any(
    rf"(?:^|[,.;!] ?|\bthen |\band )(?:please |just |also |only )*{_MANNER_VERB}\b",
    r"(?:^|[,.;!] ?|\band )(?:please )?(?:a (?:bit|little|lot) |much |somewhat )?(?:don't|do not"
    r"|dont|no|without|less|more|fewer) \w+",
    rf"\b(?:can|could|would|will) you (?:please )?{_MANNER_VERB}\b|\byou should {_MANNER_VERB}\b",
    r"\bi(?:'d| would)? (?:want|prefer|like|rather|need) (?:you to |it |them |your |replies"
    r"|answers|\w+er\b)",
    r"\bich (?:will|möchte|hätte gern|mag|bevorzuge)\b|\bje (?:veux|voudrais|préfère)\b"
    r"|\b(?:quiero|quisiera|prefiero)\b",
    r"(?:^|[,.;!] ?)(?:bitte )?(?:sei|antworte|schreib|schreibe|sprich|rede|benutze|verwende"
    r"|nutze|vermeide|erkläre?|keine?n?|ohne|weniger|mehr)\b",
    r"(?:^|[,.;!] ?)(?:sois|réponds|écris|parle|utilise|évite|explique|pas de|sans|moins|plus) \w+",
    r"(?:^|[,.;!] ?)(?:sé|responde|escribe|habla|usa|evita|explica|sin|menos|más) \w+",
)

THIS_MATTER = _any(
    r"\b(?:the|that|this|those|these) (?!word\b|words\b|user\b|point\b|answer\b|reply\b|end\b"
    r"|start\b|beginning\b|question\b|result\b)\w+",
    r"\bforget\b|\bagain\b|\binstead\b|\d|\b(?:add|mention|fix|change|correct|redo|repeat)\b"
    r"|\b(?:it|them)\b",
    r"\b(?:noch ?mal|nochmals|vergiss)\b|\b(?:encore|de nouveau)\b|\b(?:otra vez|de nuevo)\b",
)
