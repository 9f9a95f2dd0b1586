"""`mentee export`: everything as JSON, lessons as training rows, or a conversation as Markdown."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from assistant.commands.files import write_out
from assistant.commands.options import file_argument, open_store
from assistant.errors import BadInput
from assistant.store import Store
from assistant.store.portable import export_json, export_markdown, export_training


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments; `--json` names the default format."""
    parser.add_argument("file", nargs="?", type=file_argument, metavar="FILE", help="else standard output")
    parser.add_argument(
        "--format", choices=["json", "training", "markdown"], default="json",
        help="everything; lessons as JSON lines; one conversation to read",
    )  # fmt: skip
    parser.add_argument("--conversation", metavar="ID", help="for markdown; else the latest one")


def run(args: argparse.Namespace) -> int:
    """Writes the export."""
    if args.conversation and args.format != "markdown":
        raise BadInput("--conversation goes with --format markdown.")
    target: Path | None = args.file
    with open_store(args) as store:
        write_out(_pieces(store, args), target)
    return 0


def _pieces(store: Store, args: argparse.Namespace) -> Iterator[str]:
    if args.format == "markdown":
        yield export_markdown(store, args.conversation or _latest(store))
    elif args.format == "training":
        for row in export_training(store):
            yield json.dumps(row, ensure_ascii=False) + "\n"
    else:
        yield json.dumps(export_json(store), ensure_ascii=False, indent=1) + "\n"


def _latest(store: Store) -> str:
    recent = store.conversations.list(limit=1)
    if not recent:
        raise BadInput("There is no conversation yet.")
    return recent[0].id
