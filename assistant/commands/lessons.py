"""`mentee lessons`: the ledger of what may be, was, or must not be learned."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from assistant.commands.following import follow
from assistant.commands.options import open_store, wants_json
from assistant.commands.report import print_json, print_table, when
from assistant.judge.origin import Origin, origin_of
from assistant.ledger.changes import Change, exclude, forget, include
from assistant.ledger.conflicts import overruled
from assistant.store import Store
from assistant.store.records import Lesson

_CHANGES = {"exclude": exclude, "include": include, "forget": forget}
_MOST_CHARS = 48


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Adds the sub-commands; without one, `list`."""
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(dest="action", metavar="list | exclude ID | include ID | forget ID")
    actions.add_parser("list", parents=[common], help="all lessons, newest first")
    texts = {
        "exclude": "leave it out of future runs",
        "include": "have it count again",
        "forget": "take it back, out of the weights too",
    }
    for name, text in texts.items():
        one = actions.add_parser(name, parents=[common], help=text)
        one.add_argument("id", metavar="ID")


def run(args: argparse.Namespace) -> int:
    """Lists, or changes one lesson."""
    with open_store(args) as store:
        if args.action in (None, "list"):
            return _list(store, as_json=wants_json(args))
        change = _CHANGES[args.action](store, args.id)
        data = store.data
    # After the store: a crash here leaves a request that the next run or start of the server carries out.
    follow(data, change.in_use)
    if wants_json(args):
        print_json(_as_dict(change))
    else:
        print(_consequence(change))
    return 0


def _list(store: Store, *, as_json: bool) -> int:
    later = overruled(store)
    listed = [(it, later.get(it.id), origin_of(store, it)) for it in store.lessons.list(limit=-1)]
    if as_json:
        extra = [{"overruled_by": by.id if by else None, "origin": asdict(origin)} for _, by, origin in listed]
        print_json([{**asdict(it), **more} for (it, _, _), more in zip(listed, extra, strict=True)])
        return 0
    rows = [_row(*one) for one in listed]
    print_table(rows, ["id", "state", "wish", "scope", "versions", "date", "from", "hint"], "No lessons yet.")
    return 0


def _row(lesson: Lesson, later: Lesson | None, origin: Origin) -> dict[str, object]:
    hint = lesson.hint or lesson.rewrite or ""
    return {
        "id": lesson.id,
        "state": lesson.state,
        "wish": f"{lesson.polarity:+d}",
        "scope": lesson.scope,
        "versions": ",".join(map(str, lesson.versions)),
        "date": when(lesson.created_at),
        "from": _source(origin),
        "hint": f"{hint} (overruled by {later.id})".strip() if later else hint,
    }


def _source(origin: Origin) -> str:
    """The evidence in a few words: `said next (likely): No, shorter!`."""
    sure = f" ({origin.certainty})" if origin.certainty else ""
    flat = " ".join(origin.said.split())
    short = flat if len(flat) <= _MOST_CHARS else flat[: _MOST_CHARS - 3] + "..."
    return f"{origin.kind}{sure}: {short}" if short else f"{origin.kind}{sure}"


def _as_dict(change: Change) -> dict[str, object]:
    lesson = change.lesson
    return {
        "lesson": lesson.id,
        "state": lesson.state,
        "versions": list(lesson.versions),
        "in_use": max(change.in_use.values(), default=None) if change.moved else None,
        "learn_again": change.again,
    }


def _consequence(change: Change) -> str:
    """What the change does and, where versions hold an excluded lesson, what it does not."""
    lesson = change.lesson
    if lesson.state in ("pending", "learned"):
        return f"Included: it counts again.{_now(change)}"
    done = "Excluded: future learning runs leave it out." if lesson.state == "excluded" else "Forgotten."
    if not lesson.versions:
        return f"{done} No version was trained on it."
    names, plural = ", ".join(map(str, lesson.versions)), len(lesson.versions) > 1
    held = f"{done} Version{'s' if plural else ''} {names} had learned it"
    if lesson.state == "excluded":
        return f"{held} and still act{'' if plural else 's'} on it, and so does every version grown from there; "\
            "forget it to be rid of it."  # fmt: skip
    return f"{held} and can no longer be used.{_now(change)}"


def _now(change: Change) -> str:
    if not change.moved:
        return ""
    version = max(change.in_use.values())
    answers = " The base model answers now" if version == 0 else f" Version {version} answers now"
    if not change.again:
        return f"{answers}."
    rest = "the other lesson" if change.again == 1 else f"the other {change.again} lessons"
    return f"{answers}, until `mentee learn` has learned {rest} again."
