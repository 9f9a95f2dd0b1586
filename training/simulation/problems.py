"""Arithmetic word problems with their answers, and whether a reply gives the right one.

Owns reading problems, the shipped ones or a file of the user's own, and finding the answer in a text. A line is an
object with `question` and `answer`, which ends with `#### 42`: the format of GSM8K (arXiv 2110.14168).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from assistant.errors import BadInput
from training.answers import last_number
from training.prompts import Prompt, Split
from training.signals import content_words

_FINAL = re.compile(r"####\s*(?P<number>[^\n]*)\s*\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """A word problem.

    Attributes:
        prompt: what is asked; on topic is a reply with one of its content words or the right number.
        answer: the one right number.
    """

    prompt: Prompt
    answer: Decimal


def problems(split: Split) -> list[Problem]:
    """The shipped problems of a split, interaction or held out."""
    text = files(__package__).joinpath("problems.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [_problem(row, row["id"], split) for row in rows if row["split"] == split]


def load_problems(path: Path, split: Split = "heldout") -> list[Problem]:
    """The problems of a file; blank lines are left out.

    Raises:
        BadInput: the file cannot be read, has no problem, or a line is not one; a single line says which.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be read: {type(error).__name__}.") from None
    found = [_read(path, number, line, split) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BadInput(f"{path.name} has no problems.")
    return found


def answer_right(reply: str, answer: Decimal | int) -> bool:
    """Whether the last number of the reply equals the answer."""
    return last_number(reply) == answer


def _read(path: Path, number: int, line: str, split: Split) -> Problem:
    try:
        return _problem(json.loads(line), f"{path.stem}-{number}", split)
    except json.JSONDecodeError:
        raise BadInput(f"{path.name}, line {number}: not JSON.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path.name}, line {number}: {error}.") from None


def _problem(row: object, name: str, split: Split) -> Problem:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("question", "answer")):
        raise ValueError("needs the texts question and answer")
    question = row["question"].strip()
    final = _FINAL.search(row["answer"])
    answer = last_number(final["number"]) if final else None
    if not question or answer is None:
        raise ValueError("no question, or no number after ####")
    stems = dict.fromkeys(word[:5] for word in content_words(question))
    return Problem(Prompt(name, question, (*stems, f"{answer:f}"), "arithmetic", split), answer)
