"""The options that every command takes, and what they lead to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assistant.paths import DataDir
from assistant.settings import Settings, load
from assistant.store import Store


def common_options(*, json: bool = True) -> argparse.ArgumentParser:
    """A parent parser with `--data-dir` and `--json`.

    Suppressed defaults let an option stand before or after a sub-command without the latter resetting it.
    """
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    parser.add_argument("--data-dir", metavar="DIR", help="where everything of this user lives")
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def data_dir(args: argparse.Namespace) -> DataDir:
    """The data directory asked for, made if missing."""
    given: str | None = getattr(args, "data_dir", None)
    return DataDir.resolve(given)


def wants_json(args: argparse.Namespace) -> bool:
    """Whether `--json` was given."""
    return bool(getattr(args, "json", False))


def open_store(args: argparse.Namespace) -> Store:
    """The store of the data directory asked for."""
    return Store.open(data_dir(args))


def settings_of(data: DataDir) -> Settings:
    """The user's settings; says on stderr where a broken file was put aside."""
    settings, aside = load(data)
    if aside is not None:
        print(f"mentee: the settings file was broken; it is now {aside}, defaults are used", file=sys.stderr)
    return settings


def file_argument(text: str) -> Path:
    """A path as the user wrote it, with `~` resolved."""
    return Path(text).expanduser()
