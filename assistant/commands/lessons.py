"""`mentee lessons`: the ledger of what may be, was, or must not be learned."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from assistant.commands.options import open_store, wants_json
from assistant.commands.report import print_json, print_table, when
from assistant.judge.origin import Origin, origin_of
from assistant.store.records import Lesson

_MOST_CHARS = 48


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Adds the sub-commands; without one, `list`."""
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(dest="action", metavar="list | exclude ID | forget ID")
    actions.add_parser("list", parents=[common], help="all lessons, newest first")
    for name, text in (("exclude", "leave it out of future runs"), ("forget", "take it back")):
        one = actions.add_parser(name, parents=[common], help=text)
        one.add_argument("id", metavar="ID")


def run(args: argparse.Namespace) -> int:
    """Lists, excludes or forgets."""
    with open_store(args) as store:
        if args.action in (None, "list"):
            listed = [(lesson, origin_of(store, lesson)) for lesson in store.lessons.list(limit=-1)]
            return _list(listed, as_json=wants_json(args))
        store.lessons.set_state(args.id, "excluded" if args.action == "exclude" else "forgotten")
        lesson = store.lessons.get(args.id)
        active = _versions_in_use(lesson)
    if wants_json(args):
        print_json({"lesson": lesson.id, "state": lesson.state, "versions": active})
    else:
        print(_consequence(lesson))
    return 0


def _list(lessons: list[tuple[Lesson, Origin]], *, as_json: bool) -> int:
    if as_json:
        print_json([{**asdict(lesson), "origin": asdict(origin)} for lesson, origin in lessons])
        return 0
    rows = [
        {
            "id": lesson.id,
            "state": lesson.state,
            "wish": f"{lesson.polarity:+d}",
            "scope": lesson.scope,
            "versions": ",".join(map(str, lesson.versions)),
            "date": when(lesson.created_at),
            "from": _source(origin),
            "hint": lesson.hint or lesson.rewrite or "",
        }
        for lesson, origin in lessons
    ]
    print_table(rows, ["id", "state", "wish", "scope", "versions", "date", "from", "hint"], "No lessons yet.")
    return 0


def _source(origin: Origin) -> str:
    """The evidence in a few words: `said next (likely): No, shorter!`."""
    sure = f" ({origin.certainty})" if origin.certainty else ""
    flat = " ".join(origin.said.split())
    short = flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 3] + "..."
    return f"{origin.kind}{sure}: {short}" if short else f"{origin.kind}{sure}"


def _versions_in_use(lesson: Lesson) -> list[int]:
    return list(lesson.versions)


def _consequence(lesson: Lesson) -> str:
    """What the change does and, where versions hold the lesson already, what it does not."""
    done = "Excluded: future learning runs leave it out." if lesson.state == "excluded" else "Forgotten."
    if not lesson.versions:
        return f"{done} No version was trained on it."
    names = ", ".join(map(str, lesson.versions))
    plural = "s" if len(lesson.versions) > 1 else ""
    return (
        f"{done} Version{plural} {names} had already learned it and still act{'' if plural else 's'} on it, "
        "and so does every version grown from there; use an earlier version to be rid of it."
    )
