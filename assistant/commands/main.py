"""Finds the command in the arguments and loads only its module.

Knows neither the window nor the learner: their entry points are handed in by the program's `main`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

from assistant.commands.options import common_options
from assistant.commands.report import failure

Entry = Callable[[list[str]], int]


class Group(Protocol):
    """What a command module offers."""

    def configure(self, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
        """Adds the arguments; sub-commands take `common` as a parent."""

    def run(self, args: argparse.Namespace) -> int:
        """Does it and returns the exit status."""


class Command(NamedTuple):
    """One command: the module that does it and the line that help shows."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "chat": Command("chat", "one reply on standard output, recorded like any other"),
    "feedback": Command("feedback", "explicit feedback on a turn"),
    "learn": Command("", "one learning run now"),
    "versions": Command("versions", "list, use or compare versions"),
    "lessons": Command("lessons", "list, exclude or forget lessons"),
    "memory": Command("memory", "list, add or remove standing instructions and facts"),
    "judge": Command("judge", "a verdict for each line of a file"),
    "search": Command("search", "find text in conversations"),
    "export": Command("exporting", "write everything out"),
    "import": Command("importing", "read an export in"),
    "backup": Command("backup", "copy the database while it is in use"),
    "restore": Command("restore", "put a backup in place of the database"),
    "serve": Command("", "the policy server"),
    "doctor": Command("doctor", "check model, adapter, database, learner, disk and memory"),
}


def run(argv: Sequence[str], *, window: Entry, learner: Entry) -> int:
    """Runs one command line.

    Args:
        argv: the arguments without the program's name.
        window: opens the window; gets the arguments.
        learner: runs the learner; gets the arguments without `learn`.

    Returns:
        0 done, 1 refused or failed with one line on stderr, 2 wrong usage.
    """
    command, rest = split_command(argv)
    try:
        if command is None:
            return _without_command(rest, window)
        if command == "learn":
            return learner(rest)
        if command == "serve":
            return _serve(rest)
        return _run_group(command, rest)
    except SystemExit as leaving:
        # argparse leaves this way after help (0) and wrong usage (2).
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (`mentee search x | head`): nothing to tell, and Python must not try to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return failure(error)


def split_command(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command and the arguments without it; options that every command takes may stand before it."""
    rest = list(argv)
    index = 0
    while index < len(rest) and rest[index].startswith("-"):
        index += 2 if rest[index] == "--data-dir" else 1
    if index >= len(rest):
        return None, rest
    return rest[index], rest[:index] + rest[index + 1 :]


def _without_command(rest: list[str], window: Entry) -> int:
    parser = argparse.ArgumentParser(
        prog="mentee",
        description="A desktop assistant that you teach by talking. Without a command it opens the window.",
        epilog="commands:\n" + "\n".join(f"  {name:10} {one.summary}" for name, one in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common_options(json=False)],
    )
    parser.parse_args(rest)
    return window(rest)


def _serve(rest: list[str]) -> int:
    from assistant.policy.serve import main as serve

    return serve(rest)


def _run_group(name: str, rest: list[str]) -> int:
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        print(f"mentee: there is no command {name!r}; the commands are {known}", file=sys.stderr)
        return 2
    module = cast(Group, importlib.import_module(f"assistant.commands.{COMMANDS[name].module}"))
    common = common_options()
    parser = argparse.ArgumentParser(
        prog=f"mentee {name}", description=_sentence(COMMANDS[name].summary), parents=[common]
    )
    module.configure(parser, common)
    return module.run(parser.parse_args(rest))


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."
