"""Word problems: the shipped ones, a file of one's own, the answer in a reply; and whether a task was kept."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.errors import BadInput
from training.prompts import Prompt
from training.simulation.problems import answer_right, last_number, load_problems, problems
from training.simulation.tasks import Band, arithmetic_right, keeps_task, task_kept

RICE = Prompt("x1", "How do I cook rice?", ("rice",), "food", "heldout")


def test_there_are_enough_problems_and_their_answers_are_whole() -> None:
    assert len(problems("interaction")) >= 60
    assert len(problems("heldout")) >= 40
    every = problems("interaction") + problems("heldout")
    assert all(problem.answer == int(problem.answer) >= 0 for problem in every)
    assert {problem.prompt.kind for problem in every} == {"arithmetic"}


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("The answer is 42.", "42"),
        ("6 * 7 = 42", "42"),
        ("**42**", "42"),
        ("It costs $1,234.50 in all.", "1234.50"),
        ("That makes 1,234,567 beans!", "1234567"),
        ("12\u202f000 metres", "12000"),
        ("€42.00", "42"),
        ("3,5 litres", "3.5"),
        ("5 minus 9 is -4.", "-4"),
        ("The rest is \u22127 degrees", "-7"),
        ("10-5", "5"),
        ("- 5 apples", "5"),
        ("He has 42 of them, in a room of H2O and m2.", "42"),
        ("From 30km to 42km", "42"),
        ("no number here", None),
        ("", None),
    ],
)
def test_the_last_number_of_a_reply(reply: str, number: str | None) -> None:
    assert last_number(reply) == (None if number is None else Decimal(number))


def test_an_answer_is_right_when_the_last_number_is() -> None:
    assert answer_right("14 + 9 = 23, so she has 23.0 marbles.", 23)
    assert not answer_right("She has 23 marbles, or maybe 24.", 23)
    assert not answer_right("Many.", 23)


def test_a_file_of_problems_is_read(tmp_path: Path) -> None:
    file = tmp_path / "grade.jsonl"
    rows = [
        {"question": "How many?", "answer": "He has 2 * 3 = <<2*3=6>>6.\n#### 6"},
        {"question": "How much?", "answer": "#### $1,200", "more": 1},
    ]
    file.write_text("\ufeff\n" + "\n\n".join(map(json.dumps, rows)) + "\n \n", encoding="utf-8")
    found = load_problems(file)
    assert [(one.prompt.text, one.answer) for one in found] == [("How many?", 6), ("How much?", 1200)]
    assert [one.prompt.id for one in found] == ["grade-2", "grade-4"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: needs the texts"),
        ('{"question": "How many?"}', "line 2: needs the texts"),
        ('{"question": "How many?", "answer": 6}', "line 2: needs the texts"),
        ('{"question": "How many?", "answer": "6"}', "line 2: no question, or no number after ####"),
        ('{"question": " ", "answer": "#### 6"}', "line 2: no question"),
        ('{"question": "How many?", "answer": "#### six"}', "no number after ####"),
    ],
)
def test_a_bad_line_is_named_in_one_line(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"question": "How many?", "answer": "#### 6"}\n' + line, encoding="utf-8")
    with pytest.raises(BadInput, match=message) as caught:
        load_problems(file)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("bad.jsonl")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\xff"])
def test_a_file_without_problems_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "none.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=r"none\.jsonl"):
        load_problems(file)


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("Rinse the rice.", True),
        ("Rinse it well.", False),
        ("", False),
        ("42", False),
        ("Rice", False),
        ("the rice is the rice is the rice is the rice is the rice is", False),
        ("rice " + " ".join(f"word{n}" for n in range(400)), False),
    ],
)
def test_a_task_is_kept_when_the_reply_is_sound_and_on_topic(reply: str, kept: bool) -> None:
    assert keeps_task(RICE, reply) is kept


def test_a_problem_is_on_topic_by_its_words_or_by_the_right_number() -> None:
    problem = problems("interaction")[0]
    assert problem.answer == 23
    assert keeps_task(problem.prompt, "The answer is 23.")
    assert keeps_task(problem.prompt, "Mia owns lots of them.")
    assert not keeps_task(problem.prompt, "The answer is 24.")
    assert not keeps_task(problem.prompt, "23")


def test_shares() -> None:
    assert task_kept([RICE, RICE], ["Rinse the rice.", "SmolLM"]) == 0.5
    assert task_kept([RICE], ["Rice"], Band(least=1)) == 1
    assert task_kept([], []) == 0
    asked = problems("heldout")[:2]
    assert arithmetic_right(asked, [f"It is {asked[0].answer}.", "No idea."]) == 0.5
    with pytest.raises(ValueError, match="zip"):
        task_kept([RICE], [])
