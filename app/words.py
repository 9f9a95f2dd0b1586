"""Codes and figures in plain words, shared by the pages; the core hands out codes, never sentences."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale


def _tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)


def version_name(version: int | None) -> str:
    """What a version is called everywhere."""
    if version is None:
        return ""
    return _tr("Base model") if version == 0 else _tr("Version {n}").format(n=version)


def date_time(seconds: float) -> str:
    """A moment in the user's own form."""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def duration(seconds: float) -> str:
    """About how long: seconds below a minute and a half, else minutes."""
    if seconds < 90:
        return _tr("{n}\N{NO-BREAK SPACE}s").format(n=max(1, round(seconds)))
    return _tr("{n}\N{NO-BREAK SPACE}min").format(n=round(seconds / 60))


def percent(share: float) -> str:
    """0.875 -> 88 %."""
    return _tr("{n}\N{NO-BREAK SPACE}%").format(n=round(100 * share))


def outcome(code: str | None) -> str:
    """How a learning run ended."""
    return {
        None: _tr("Running"),
        "adopted": _tr("New version"),
        "rejected": _tr("Not adopted"),
        "skipped": _tr("Nothing done"),
        "failed": _tr("Failed"),
    }.get(code, str(code))


def lesson_state(code: str) -> str:
    """Where a lesson stands."""
    return {
        "pending": _tr("Waiting to be learned"),
        "learned": _tr("Learned"),
        "excluded": _tr("Excluded"),
        "forgotten": _tr("Forgotten"),
    }.get(code, code)


def noted(code: str, text: str) -> str:
    """The chip under a reply after feedback; `text` is the instruction or fact, where there is one."""
    return {
        "praised": _tr("Noted: more like this"),
        "disliked": _tr("Noted: less like this"),
        "rewritten": _tr("Noted: your better reply"),
        "noted_reply": _tr("Noted for this reply"),
        "noted_fact": _tr("Remembered: {text}"),
        "already_known": _tr("Already noted: {text}"),
    }.get(code, _tr("Noted: {text}")).format(text=text)


def sign(code: str) -> str:
    """What the user did with a reply without a word, said as what it is; empty for none."""
    return {
        "regenerated": _tr("You had it written again: a weak sign."),
        "older variant chosen": _tr("You went back to this one: a weak sign."),
        "copied": _tr("You copied it: a very weak sign."),
        "continued": _tr("You had it go on: a very weak sign."),
    }.get(code, "")


def origin(kind: str, said: str, certainty: str) -> str:
    """Where a lesson comes from; `said` are the words of it, `certainty` how sure the reading of them is."""
    source = {
        "praise": _tr("From your thumb up"),
        "dislike": _tr("From your thumb down"),
        "correction": _tr("From your correction"),
        "rewrite": _tr("From the reply you wrote"),
        "said next": _tr("From what you said next"),
        "tool result": _tr("From a tool's result"),
    }.get(kind, "")
    if source and said:
        source = _tr("{source}: “{words}”").format(source=source, words=said)
    sure = {"sure": _tr("sure"), "likely": _tr("likely"), "unsure": _tr("unsure")}.get(certainty)
    return _tr("{source} (how I read it: {sure})").format(source=source, sure=sure) if sure else source


def silence(turns: int, reason: str) -> str:
    """The alarm of the learning page: replies were followed by something, and no lesson came of it."""
    why = {
        "not read": _tr("what you said after them has not been read"),
        "no judge": _tr("nothing that reads reactions has passed its exam, so what you said was only kept"),
        "unreadable": _tr("the model that reads reactions gave no usable answers"),
        "went on": _tr("you mostly went on without saying how a reply was"),
        "other things": _tr("what you said after them was mostly about other things"),
    }.get(reason, _tr("what you said after them mostly asks for nothing that can be learned"))
    said = _tr("Nothing to learn was found in your last {n} replies: {why}. A thumb or a correction always counts.")
    return said.format(n=turns, why=why)


def lessons(count: int) -> str:
    """How many lessons."""
    return _tr("1 lesson") if count == 1 else _tr("{n} lessons").format(n=count)


def before() -> str:
    """Heading of the old reply."""
    return _tr("Before")


def after() -> str:
    """Heading of the new reply."""
    return _tr("After")
