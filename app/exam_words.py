"""Exam results in plain words. Figures that are not known by name are shown under their own name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from app import words

EXAMPLES = "examples"
_ARMS = ("teacher", "current", "candidate")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Exam", text)


def figures(exam: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each figure; the examples are shown elsewhere."""
    return _compared(exam) + _tasks(exam) + _plain(exam)


def examples(exam: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(prompt, before, after) of each example that is complete."""
    found = exam.get(EXAMPLES)
    if not isinstance(found, list):
        return []
    keys = ("prompt", "before", "after")
    rows = (it for it in found if isinstance(it, dict))
    complete = (it for it in rows if all(isinstance(it.get(key), str) for key in keys))
    return [(it["prompt"], it["before"], it["after"]) for it in complete]


def _compared(exam: dict[str, Any]) -> list[tuple[str, str]]:
    """The version before and the new one, mark by mark.

    How well the wish is met is measured against the same model when it is told the wish: that is 100 %.
    """
    teacher, before, after = (exam.get(arm) for arm in _ARMS)
    if not (isinstance(teacher, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return []
    shown: list[tuple[str, str]] = []
    best = float(teacher.get("gain") or 0)
    if best > 0 and "gain" in before and "gain" in after:
        shares = [min(1.0, max(0.0, float(arm["gain"]) / best)) for arm in (before, after)]
        shown.append((_tr("Does as told"), _change(*(words.percent(share) for share in shares))))
    if "topical" in before and "topical" in after:
        on_topic = [words.percent(float(arm["topical"])) for arm in (before, after)]
        shown.append((_tr("Stays on topic"), _change(*on_topic)))
    if "tokens" in before and "tokens" in after:
        lengths = [str(round(float(arm["tokens"]))) for arm in (before, after)]
        shown.append((_tr("Length"), _change(*lengths)))
    return shown


def _tasks(exam: dict[str, Any]) -> list[tuple[str, str]]:
    """Small tasks with a known answer: how many the model does, and how many the new version."""
    tasks = exam.get("tasks")
    if not isinstance(tasks, dict) or not {"kept", "lost", "gained", "tasks"} <= tasks.keys():
        return []
    kept, lost, gained = (int(tasks[key]) for key in ("kept", "lost", "gained"))
    text = _tr("{change} of {all}").format(change=_change(str(kept + lost), str(kept + gained)), all=tasks["tasks"])
    return [(_tr("Small tasks done"), text)]


def _plain(exam: dict[str, Any]) -> list[tuple[str, str]]:
    known = {
        "questions": _tr("Questions asked"),
        "contrast_kept": _tr("Leaves other wishes alone"),
        "style": _tr("Does as told"),
        "content": _tr("Keeps the content"),
        "drift": _tr("Distance from the base model"),
    }
    values = [(key, _value(value)) for key, value in exam.items()]
    return [(known.get(key, key.replace("_", " ").capitalize()), text) for key, text in values if text]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _tr("yes") if value else _tr("no")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return words.percent(value) if 0 <= value <= 1 else f"{value:.2f}"
    if isinstance(value, dict) and {"before", "after"} <= value.keys():
        return _change(_value(value["before"]), _value(value["after"]))
    return ""


def _change(before: str, after: str) -> str:
    return f"{before} → {after}"
