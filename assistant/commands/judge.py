"""`mentee judge`: a verdict for each line of a file, and how good they are where the lines have labels."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assistant.commands.options import file_argument
from assistant.commands.report import print_json
from assistant.conversation.judge_file import JudgedLine, judge_lines, measure
from assistant.errors import BadInput


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments; the output is JSON lines with or without `--json`."""
    parser.add_argument("file", type=file_argument, metavar="FILE.jsonl", help="- reads standard input")


def run(args: argparse.Namespace) -> int:
    """Judges; a broken line is reported on stderr with its number and skipped.

    Raises:
        BadInput: nothing could be judged.
    """
    judged: list[JudgedLine] = []
    for line in judge_lines(_lines(args.file)):
        if line.verdict is None:
            print(f"mentee: line {line.number}: {line.error}", file=sys.stderr)
            continue
        judged.append(line)
        print_json(line.verdict.as_dict())
    if not judged:
        raise BadInput(f"{args.file}: no line could be judged.")
    if (figures := measure(judged)) is not None:
        print_json(figures)
    return 0


def _lines(file: Path) -> list[str]:
    if str(file) == "-":
        return sys.stdin.read().split("\n")
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text.") from None
