"""`mentee import`: reads an export in. What is there already stays; importing twice changes nothing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from assistant.commands.options import file_argument, open_store, wants_json
from assistant.commands.report import print_json
from assistant.errors import BadInput
from assistant.store.portable import import_json


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("file", type=file_argument, metavar="FILE", help="what `mentee export` wrote")


def run(args: argparse.Namespace) -> int:
    """Adds what is new and says how much that was."""
    document = _read(args.file)
    with open_store(args) as store:
        counts = import_json(store, document)
    if wants_json(args):
        print_json(counts)
    else:
        new = [f"{count} {table.replace('_', ' ')}" for table, count in counts.items() if count]
        print("Imported " + ", ".join(new) + "." if new else "Nothing new in that file.")
    return 0


def _read(file: Path) -> dict[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise BadInput(f"{file} is not JSON.") from None
    if not isinstance(document, dict):
        raise BadInput(f"{file} is not an export of Mentee.")
    return document
