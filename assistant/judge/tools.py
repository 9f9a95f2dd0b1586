"""Reads the result of a tool: exit code, then structure (JSON, HTTP, test summary), then error text, then success.

The mere existence of a result says nothing. Where two signs of one rank disagree, failure wins. Pure; what none
of the rules knows is left to a reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from assistant.judge import tool_words as words
from assistant.judge.case import Verdict, verdict_of
from assistant.judge.orders import without_orders

_SUMMARY = re.compile(
    r"(?P<count>\d+) (?:\w+ )?(?P<what>failed|failures?|failing|errors?|passed|passing|ok|fehlgeschlagen|fehler"
    r"|bestanden|échecs?|échoués?|erreurs?|réussis?|fallos?|fallidos?|errores|fallaron|pasaron|superad[oa]s)\b"
    r"|\b(?P<name>failures?|failed|errors?|failing|fehler|erreurs?|échecs?|errores|fallos)\s*[=:]\s*(?P<after>\d+)"
)
_GOOD = re.compile(r"pass|ok|bestanden|réussi|pasaron|superad")
_HTTP = re.compile(
    r"\b(?:http(?:/\d(?:\.\d)?)?:? ?|(?:status|statut|estado|code)(?:[ _]?code)?\"?\s*[:=]?\s*)([1-5]\d\d)\b"
)


def judge_tool_result(content: str, backend: str) -> Verdict | None:
    """The verdict, None where the rules see neither success nor failure."""
    said = without_orders(content)
    for read, confidence in _READERS:
        if (ok := read(said)) is not None:
            return verdict_of("tool success" if ok else "tool error", backend, confidence)
    return None


def by_exit_code(said: str) -> bool | None:
    """Whether the last exit code is 0."""
    found = words.EXIT_CODE.findall(said.lower())
    return int(found[-1]) == 0 if found else None


def by_json(said: str) -> bool | None:
    """What a JSON object says in the fields that tools use for it; a failure in any of them counts."""
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    signs = [_field(str(name).lower(), one) for name, one in value.items()]
    if isinstance(inner := value.get("result"), dict):
        signs += [_field(str(name).lower(), one) for name, one in inner.items()]
    return False if False in signs else True if True in signs else None


def _field(name: str, value: Any) -> bool | None:
    """What one field says of success."""
    if name in words.JSON_ERRORS:
        return False if value and value not in ("0", "none", "null", "None") else None
    if name in words.JSON_OK and isinstance(value, bool):
        return value
    if name in words.JSON_CODES and isinstance(value, int) and not isinstance(value, bool):
        return value == 0
    if name in words.JSON_STATES:
        return _state(value)
    return None


def _state(value: Any) -> bool | None:
    if isinstance(value, Mapping):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
        return value < 400
    text = str(value).lower()
    if words.STATE_BAD.search(text):
        return False
    return True if words.STATE_GOOD.search(text) else None


def by_http(said: str) -> bool | None:
    """The last HTTP status (a retry that worked, worked)."""
    found = _HTTP.findall(said.lower())
    return int(found[-1]) < 400 if found else None


def by_summary(said: str) -> bool | None:
    """Test and compiler summaries: failures of a number above 0 fail, of 0 or only passes succeed."""
    outcome: bool | None = None
    for found in _SUMMARY.finditer(said.lower()):
        count = int(found["count"] or found["after"])
        good = bool(found["what"] and _GOOD.search(found["what"]))
        if not good and count:
            return False
        if good and not count:
            continue
        outcome = True
    return outcome


def by_error_text(said: str) -> bool | None:
    """False where it reads like an error, after what only looks like one is taken out."""
    plain = words.HARMLESS.sub(" ", said.lower())
    return False if words.ERROR.search(plain) else None


def by_success_text(said: str) -> bool | None:
    """True where it says that something was done."""
    return True if words.SUCCESS.search(said.lower()) else None


_READERS: tuple[tuple[Callable[[str], bool | None], float], ...] = (
    (by_exit_code, 0.97),
    (by_json, 0.95),
    (by_http, 0.92),
    (by_summary, 0.95),
    (by_error_text, 0.9),
    (by_success_text, 0.85),
)
