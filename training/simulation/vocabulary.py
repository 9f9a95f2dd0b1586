"""Words by which a register, a spelling, a language or a system of units is told.

Owns lists and patterns only. What a user makes of them is decided in `checks`.
"""

from __future__ import annotations

import re


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


CONTRACTION = re.compile(
    r"\b\w+n['\u2019]t\b|\b(?:i|you|we|they|he|she|it|that|there|what|who|here|let|how|where)['\u2019](?:m|re|ve|ll|d|s)\b",
    re.IGNORECASE,
)
GREETING = _pattern("hey", "hi", "hello", "hiya", "howdy", "heya", "yo")
WARM = _pattern(
    "glad", "happy", "love", "lovely", "great", "awesome", "fun", "yeah", "yep", "no worries", "enjoy", "cheers",
    "good luck", "friend", "totally", "super", "nice",
)  # fmt: skip
STIFF = _pattern("dear sir", "dear madam", "to whom it may concern", "yours faithfully", "yours sincerely", "hereby")
SLANG = _pattern(
    "hey", "hiya", "yo", "yeah", "yep", "nope", "gonna", "wanna", "gotta", "kinda", "sorta", "dunno", "lol", "omg",
    "awesome", "guys", "folks", "cheers", "no worries", "ok", "okay", "btw", "tons of", "a bunch of",
)  # fmt: skip
COURTEOUS = _pattern(
    "please", "kindly", "thank you", "i would", "you may wish", "may i", "might i", "it would be", "recommend(?:ed)?",
    "advisable", "advised", "pleased", "pleasure", "should you", "(?:i|we) suggest", "sincerely",
    "appreciated?", "dear",
)  # fmt: skip
APOLOGY = re.compile(
    r"\b(?:i|we)(?:['\u2019]m| am|['\u2019]re| are)(?: (?:so|very|really|truly|deeply|terribly))?"
    r" (?:sorry\b|afraid\b(?! of))"
    r"|(?:^|[.!?]\s+|\n)(?:so |very |oh,? )?(?:sorry|apologies|my apologies|my bad|my mistake|pardon me|forgive me)\b"
    r"|\b(?:i|we) (?:(?:do|must|sincerely|deeply) )?apologi[sz]e\b|\bmy (?:sincere |sincerest )?apologies\b"
    r"|\b(?:i|we) regret\b",
    re.IGNORECASE,
)
REASON = _pattern(
    "because", "since", "so that", "therefore", "reasons?", "due to", "owing to", "that(?:['\u2019]s| is) why",
    "otherwise", "this (?:keeps|helps|makes|lets|means|gives|prevents|allows|stops)",
    "which (?:is|keeps|helps|makes|lets|means)",
)  # fmt: skip
PREAMBLE = re.compile(
    r"^\W*(?:(?:sure|certainly|absolutely|of course|thank you|thanks|i['\u2019]d be|i would be|i['\u2019]m|i am|i can"
    r"|as an|hello|hi|hey|let['\u2019]?s|let me|here (?:is|are)|here['\u2019]s|to answer|when it comes|it depends"
    r"|there are (?:several|many|a few|some|various)|you asked|the question|in this|okay|ok)\b|well,"
    r"|(?:that is |that['\u2019]s )?(?:a )?(?:great|good|excellent|interesting) question)",
    re.IGNORECASE,
)
MACHINE_LIKE = re.compile(
    r"\b(?:certainly!|absolutely!|of course!|sure!|sure, here|as an ai\b|as a language model|let me know if"
    r"|i(?:['\u2019]m| am) an ai\b|great question|i hope this helps|in conclusion|in summary|delv(?:e|ing)\b"
    r"|furthermore|moreover|feel free to|it(?:['\u2019]s| is) important to note)",
    re.IGNORECASE,
)
FRIENDLY = _pattern(
    "well done", "great", "good", "nice", "nicely", "lovely", "excellent", "wonderful", "proud", "love", "like how",
    "fantastic", "impressed", "keep it up", "bravo", "brilliant", "clever", "thoughtful", "enjoyed", "pleased",
)  # fmt: skip

IMPERIAL = re.compile(
    r"\b(?:miles?|inch(?:es)?|ounces?|gallons?|fahrenheit|lbs?|mph|a pound|quarts?|pints?|fluid oz)\b|°\s?f\b|\boz\b"
    r"|(?:\d|½|¼|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|few|several))"
    r"[\s-](?:foot|feet|ft|yards?|pounds?|cups?)\b|\d\s?(?:ft|in\b\.|['\u2019]\d|\")",
    re.IGNORECASE,
)
METRIC = re.compile(
    r"\b(?:kilo|centi|milli)?(?:met(?:er|re)|gram|lit(?:er|re))s?\b|\bkilos?\b|\bcelsius\b|°\s?c\b"
    r"|\d\s?(?:km|cm|mm|m|kg|g|mg|ml|cl|l|km/h)\b",
    re.IGNORECASE,
)

# American, British. Left out: words that are both, such as "program", "check", "fulfilled" and the verb "tire".
_PAIRS = (
    ("color", "colour"), ("flavor", "flavour"), ("favor", "favour"), ("favorite", "favourite"), ("honor", "honour"),
    ("neighbor", "neighbour"), ("behavior", "behaviour"), ("labor", "labour"), ("harbor", "harbour"),
    ("humor", "humour"), ("rumor", "rumour"), ("odor", "odour"), ("vapor", "vapour"), ("center", "centre"),
    ("theater", "theatre"), ("liter", "litre"), ("fiber", "fibre"), ("kilometer", "kilometre"), ("meter", "metre"),
    ("centimeter", "centimetre"), ("organize", "organise"), ("realize", "realise"), ("recognize", "recognise"),
    ("apologize", "apologise"), ("analyze", "analyse"), ("minimize", "minimise"), ("maximize", "maximise"),
    ("memorize", "memorise"), ("summarize", "summarise"), ("prioritize", "prioritise"), ("customize", "customise"),
    ("emphasize", "emphasise"), ("moisturize", "moisturise"), ("fertilize", "fertilise"), ("sanitize", "sanitise"),
    ("stabilize", "stabilise"), ("traveler", "traveller"), ("traveling", "travelling"), ("traveled", "travelled"),
    ("canceled", "cancelled"), ("canceling", "cancelling"), ("neighborhood", "neighbourhood"),
    ("behavioral", "behavioural"), ("labeled", "labelled"), ("modeling", "modelling"), ("jewelry", "jewellery"),
    ("gray", "grey"), ("mold", "mould"), ("mom", "mum"), ("aluminum", "aluminium"), ("airplane", "aeroplane"),
    ("defense", "defence"), ("offense", "offence"), ("catalog", "catalogue"),
    ("plow", "plough"), ("mustache", "moustache"), ("pajamas", "pyjamas"), ("skillful", "skilful"),
    ("artifact", "artefact"), ("cozy", "cosy"), ("skeptical", "sceptical"), ("yogurt", "yoghurt"),
)  # fmt: skip


def _forms(word: str) -> list[str]:
    """The word and its regular inflections; a final e is dropped before a vowel."""
    stem = word.removesuffix("e")
    forms = [word, f"{word}s", f"{stem}ed", f"{stem}ing", f"{word}ful", f"{word}less", f"{stem}y"]
    return [*forms, *(stem + end for end in ("ation", "ations", "er", "ers"))] if stem.endswith(("iz", "is")) else forms


SPELLING = {a: b for american, british in _PAIRS for a, b in zip(_forms(american), _forms(british), strict=True)}
AMERICAN = _pattern(*(re.escape(word) for word in SPELLING))
BRITISH = _pattern(*(re.escape(word) for word in SPELLING.values()))

GERMAN = _listed(
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird werden kann"
    " können sie er es ich du wir ihr man mit für auf von zu zum zur im in am an bei nach aus über unter vor wenn dass"
    " weil auch noch nur sehr sich dein deine deinen ihre ihren ihrem als wie so dann damit um durch hat haben sollte"
    " sollten mehr gut etwas hier alle kein keine"
)
ENGLISH = _listed(
    "the a an and or but not is are was were be been will would can could should you he she it i we they with for on of"
    " to from at by this that these those if because also only very your his her their as how so then have has had more"
    " some here all no do does what which who when"
)
