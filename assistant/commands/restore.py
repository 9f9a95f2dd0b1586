"""`mentee restore`: puts a backup in place of the database; what was there is kept aside."""

from __future__ import annotations

import argparse

from assistant.commands.options import data_dir, file_argument, wants_json
from assistant.commands.report import print_json
from assistant.store.backup import restore


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("file", type=file_argument, metavar="FILE", help="what `mentee backup` wrote")


def run(args: argparse.Namespace) -> int:
    """Restores and says where the database of before is."""
    aside = restore(data_dir(args), args.file)
    if wants_json(args):
        print_json({"restored": str(args.file), "before": str(aside) if aside else None})
    else:
        print(f"Restored {args.file}." + (f" What was there before is in {aside}." if aside else ""))
    return 0
