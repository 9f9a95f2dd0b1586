"""`mentee judge`: a verdict for each line of a file, and how good they are where the lines have labels."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.options import data_dir, file_argument, open_store, settings_of, wants_json
from assistant.commands.report import print_json
from assistant.errors import BadInput

if TYPE_CHECKING:
    from assistant.judge.case import Judge

BACKENDS = ("auto", "rules", "classifier", "model")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001
    """Adds the arguments; verdicts are JSON lines with or without `--json`."""
    parser.add_argument("file", type=file_argument, nargs="?", metavar="FILE.jsonl", help="- reads standard input")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="who judges; auto: the best one that passed its exam and needs no server to be started",
    )
    parser.add_argument("--exam", action="store_true", help="examine the judge on the reactions that ship")


def run(args: argparse.Namespace) -> int:
    """Judges a file or takes the exam; a broken line is reported on stderr with its number and skipped.

    Raises:
        BadInput: nothing could be judged.
    """
    if args.exam:
        return _exam(args)
    if args.file is None:
        print("mentee judge: name a file, or --exam", file=sys.stderr)
        return 2
    lines = _lines(args.file)
    with _chosen(args) as judge:
        return _judge(args.file, lines, judge)


def _judge(file: Path, lines: list[str], judge: Judge) -> int:
    from assistant.judge.judge_file import JudgedLine, judge_lines, measure

    judged: list[JudgedLine] = []
    for line in judge_lines(lines, judge):
        if line.verdict is None:
            print(f"mentee: line {line.number}: {line.error}", file=sys.stderr)
            continue
        judged.append(line)
        print_json(line.verdict.as_dict())
    if not judged:
        raise BadInput(f"{file}: no line could be judged.")
    if (figures := measure(judged)) is not None:
        print_json(figures)
    return 0


def _exam(args: argparse.Namespace) -> int:
    from assistant.judge.exam import exam_of, exam_rows, sampled_rows, tables

    with _chosen(args) as judge, open_store(args) as store:
        slow = judge.backend not in ("rules", "classifier")
        result = exam_of(store, judge, sampled_rows() if slow else exam_rows())
    if wants_json(args):
        print_json({**asdict(result), "trusted": result.trusted})
    else:
        print(tables(result))
    return 0


@contextmanager
def _chosen(args: argparse.Namespace) -> Iterator[Judge]:
    """The judge that `--backend` names."""
    from assistant.judge.model import model_judge

    data = data_dir(args)
    settings = settings_of(data).judge
    if args.backend == "model":
        with model_judge(data, settings, start=True) as model:
            assert model is not None
            yield model
    elif args.backend == "auto":
        with model_judge(data, settings, start=False) as model:
            yield _best(args, model)
    else:
        yield _by_name(args)


def _by_name(args: argparse.Namespace) -> Judge:
    from assistant.judge.choice import user_classifier
    from assistant.judge.rules import RulesJudge

    if args.backend == "rules":
        return RulesJudge()
    with open_store(args) as store:
        return user_classifier(store)


def _best(args: argparse.Namespace, model: Judge | None) -> Judge:
    """The best judge that has passed; the rules where none has, for a command has to give verdicts."""
    from assistant.judge.choice import choose_judge
    from assistant.judge.hindsight import BACKEND
    from assistant.judge.rules import RulesJudge

    with open_store(args) as store:
        judge = choose_judge(store, settings_of(data_dir(args)).judge, model, take_exam=False).judge
    return RulesJudge() if judge.backend == BACKEND else judge


def _lines(file: Path) -> list[str]:
    if str(file) == "-":
        return sys.stdin.read().split("\n")
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text.") from None
