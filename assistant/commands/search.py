"""`mentee search`: finds text in titles and messages."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from assistant.commands.options import open_store, wants_json
from assistant.commands.report import print_json, print_table

_MARKS = str.maketrans({"\x02": "[", "\x03": "]"})


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("text", metavar="TEXT", help="words that all have to occur")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many hits (50)")


def run(args: argparse.Namespace) -> int:
    """Prints the hits, best first; none is no failure."""
    with open_store(args) as store:
        hits = store.search(args.text, limit=args.limit)
    rows = [{**asdict(hit), "snippet": hit.snippet.translate(_MARKS)} for hit in hits]
    if wants_json(args):
        print_json(rows)
    else:
        print_table(rows, ["conversation_id", "title", "snippet"], "Nothing found.")
    return 0
