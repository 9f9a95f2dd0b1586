"""`mentee backup`: a checked copy of the database, taken while it is in use."""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.commands.options import data_dir, file_argument, wants_json
from assistant.commands.report import print_json
from assistant.store import Store


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument(
        "file", nargs="?", type=file_argument, metavar="FILE",
        help="a file or a folder; else the folder of backups in the data directory",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Copies and says where to."""
    data = data_dir(args)
    target: Path = args.file or data.backups
    with Store.open(data) as store:
        made = store.backup(target)
    if wants_json(args):
        print_json({"file": str(made), "bytes": made.stat().st_size})
    else:
        print(made)
    return 0
