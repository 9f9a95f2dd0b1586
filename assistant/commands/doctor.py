"""`mentee doctor`: checks what Mentee stands on, a line each."""

from __future__ import annotations

import argparse
import itertools

from assistant.commands.checks import Check, local_checks, serving_checks
from assistant.commands.options import data_dir, settings_of, wants_json
from assistant.commands.report import print_json


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments."""
    parser.add_argument("--model", metavar="PATH", help="a model file other than the one of the settings")


def run(args: argparse.Namespace) -> int:
    """Runs all checks, also after one failed; 1 if any did."""
    data = data_dir(args)
    settings = settings_of(data)
    checks: list[Check] = []
    for check in itertools.chain(local_checks(data), serving_checks(data, settings, args.model)):
        done = check()
        checks.append(done)
        if not wants_json(args):
            print(f"{done.state:8} {done.name:10} {done.text}", flush=True)
    failed = [check for check in checks if check.state == "failed"]
    if wants_json(args):
        print_json({"ok": not failed, "checks": [check.as_dict() for check in checks]})
    return 1 if failed else 0
