"""Dispatch: which command runs, with which arguments, and what failures look like."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assistant.commands import main
from assistant.errors import BadInput


class Entry:
    """Stands for the window or the learner."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.calls: list[list[str]] = []

    def __call__(self, argv: list[str]) -> int:
        self.calls.append(argv)
        return self.status


@pytest.mark.parametrize("argv", [[], ["--data-dir", "/d"], ["--data-dir=/d"]])
def test_no_command_opens_the_window(argv: list[str]) -> None:
    window, learner = Entry(7), Entry()
    assert main.run(argv, window=window, learner=learner) == 7
    assert (window.calls, learner.calls) == ([argv], [])


@pytest.mark.parametrize(
    ("argv", "handed"),
    [
        (["learn"], []),
        (["learn", "--force", "--data-dir", "/d"], ["--force", "--data-dir", "/d"]),
        (["--data-dir", "/d", "learn", "--json"], ["--data-dir", "/d", "--json"]),
        (["--data-dir=/d", "--json", "learn"], ["--data-dir=/d", "--json"]),
        (["--data-dir", "learn", "learn"], ["--data-dir", "learn"]),
    ],
)
def test_learn_hands_everything_else_on(argv: list[str], handed: list[str]) -> None:
    learner = Entry(1)
    assert main.run(argv, window=Entry(), learner=learner) == 1
    assert learner.calls == [handed]


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"], ["--nonsense"], ["--json"], ["chat"], ["chat", "a", "b"], ["feedback", "last"],
        ["feedback", "last", "--praise", "--dislike"], ["versions", "use"], ["versions", "use", "one"],
        ["lessons", "nonsense"], ["memory", "add"], ["--data-dir"], ["search"],
    ],
)  # fmt: skip
def test_wrong_usage_is_status_2_and_says_so(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    window = Entry()
    assert main.run(argv, window=window, learner=Entry()) == 2
    assert window.calls == []
    assert "mentee" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--help"], ["chat", "--help"], ["versions", "use", "-h"]])
def test_help_is_status_0(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(argv, window=Entry(), learner=Entry()) == 0
    assert "--data-dir" in capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["--help"], window=Entry(), learner=Entry())
    shown = capsys.readouterr().out
    assert all(f"  {name}" in shown for name in main.COMMANDS)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BadInput("That makes\nno sense."), "mentee: That makes no sense.\n"),
        (FileNotFoundError(2, "No such file", "x.json"), "mentee: [Errno 2] No such file: 'x.json'\n"),
        (ZeroDivisionError("oops"), "mentee: internal error: ZeroDivisionError: oops\n"),
    ],
)
def test_any_error_is_one_line_and_status_1(error: Exception, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    def learner(_: list[str]) -> int:
        raise error

    assert main.run(["learn"], window=Entry(), learner=learner) == 1
    assert capsys.readouterr().err == line


def test_an_interrupt_is_status_130() -> None:
    def learner(_: list[str]) -> int:
        raise KeyboardInterrupt

    assert main.run(["learn"], window=Entry(), learner=learner) == 130


def test_dispatching_loads_nothing_heavy() -> None:
    code = (
        "import sys; from assistant.commands.main import run; "
        "run(['memory', '--help'], window=lambda a: 0, learner=lambda a: 0); "
        "print([name for name in ('torch', 'llama_cpp', 'PySide6', 'fastapi', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
