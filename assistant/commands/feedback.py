"""`mentee feedback`: explicit feedback on a turn."""

from __future__ import annotations

import argparse

from assistant.commands.following import follow
from assistant.commands.options import open_store, wants_json
from assistant.commands.report import print_json
from assistant.conversation.feedback import Outcome, give_feedback
from assistant.store.records import FeedbackKind

_NOTES = {
    "praised": "Noted: do it like this.",
    "disliked": "Noted: not like this.",
    "rewritten": "Noted: your own wording.",
    "noted_durable": "Noted from now on: {text}",
    "noted_reply": "Noted for this reply only.",
    "noted_fact": "Remembered: {text}",
    "already_known": "Already noted: {text}",
}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("turn", metavar="TURN", help="a turn id, or: last")
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--praise", action="store_true", help="the reply was good")
    kinds.add_argument("--dislike", action="store_true", help="the reply was not good")
    kinds.add_argument("--correct", metavar="TEXT", help="what should have been done")
    kinds.add_argument("--rewrite", metavar="TEXT", help="the better reply itself")


def run(args: argparse.Namespace) -> int:
    """Records it and says what was noted."""
    kind, text = _kind(args)
    with open_store(args) as store:
        outcome = give_feedback(store, args.turn, kind, text)
        data = store.data
    taken = outcome.taken_back
    if taken:
        follow(data, {taken.model_hash: taken.in_use})
    if wants_json(args):
        print_json(_as_dict(outcome))
    else:
        item = outcome.memory_item
        print(_NOTES[outcome.note_code].format(text=item.text if item else ""))
        if taken:
            print(taken.note)
    return 0


def _kind(args: argparse.Namespace) -> tuple[FeedbackKind, str | None]:
    if args.praise:
        return "praise", None
    if args.dislike:
        return "dislike", None
    return ("correction", args.correct) if args.correct is not None else ("rewrite", args.rewrite)


def _as_dict(outcome: Outcome) -> dict[str, object]:
    lesson, item = outcome.lesson, outcome.memory_item
    return {
        "feedback": outcome.feedback.id,
        "turn": outcome.feedback.turn_id,
        "kind": outcome.feedback.kind,
        "scope": outcome.feedback.scope,
        "lesson": lesson.id if lesson else None,
        "memory": item.id if item else None,
        "noted": item.text if item else None,
        "note": outcome.note_code,
        "taken_back": outcome.taken_back.version if outcome.taken_back else None,
    }
