"""Exam results in plain words. Figures that are not known by name are shown under their own name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from app import words

EXAMPLES = "examples"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Exam", text)


def _known() -> dict[str, str]:
    return {
        "obeys": _tr("Does as told"),
        "style": _tr("Does as told"),
        "obedience": _tr("Does as told"),
        "content": _tr("Keeps the content"),
        "on_topic": _tr("Stays on topic"),
        "both": _tr("Does as told and keeps the content"),
        "gain": _tr("Closer to what you asked for"),
        "drift": _tr("Distance from the base model"),
        "kl": _tr("Distance from the base model"),
        "repeating": _tr("Repeats itself"),
        "empty": _tr("Empty replies"),
        "prompts": _tr("Questions asked"),
        "questions": _tr("Questions asked"),
        "before": _tr("Before"),
        "after": _tr("After"),
    }


def figures(exam: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each figure, in the order of the exam; the examples are shown elsewhere."""
    shown: list[tuple[str, str]] = []
    for key, value in exam.items():
        if key == EXAMPLES:
            continue
        text = _value(value)
        if text:
            shown.append((_known().get(key, key.replace("_", " ").capitalize()), text))
    return shown


def examples(exam: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(prompt, before, after) of each example that is complete."""
    found = exam.get(EXAMPLES)
    if not isinstance(found, list):
        return []
    keys = ("prompt", "before", "after")
    complete = (it for it in found if isinstance(it, dict) and all(isinstance(it.get(key), str) for key in keys))
    return [(it["prompt"], it["before"], it["after"]) for it in complete]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _tr("yes") if value else _tr("no")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return words.percent(value) if 0 <= value <= 1 else f"{value:.2f}"
    if isinstance(value, dict) and {"before", "after"} <= value.keys():
        return f"{_value(value['before'])} → {_value(value['after'])}"
    return ""
