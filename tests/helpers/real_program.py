"""The installed `mentee` executable as its user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.command_line import Ran

EXECUTABLE = Path(sys.executable).parent / "mentee"
TIMEOUT_S = 120


class RealProgram:
    """Runs commands on one data directory.

    The model gets one thread: two threads that wait for each other are many times slower than one where other
    programs want the cores too.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        (data_dir / "settings.toml").write_text("[serving]\nthreads = 1\n", encoding="utf-8")

    def __call__(self, *argv: str, stdin: str | None = None) -> Ran:
        done = subprocess.run(
            [EXECUTABLE, *argv, "--data-dir", self.data_dir],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            input=stdin,
            check=False,
            env=environment(),
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Starts a command; the caller ends it."""
        return subprocess.Popen(
            [EXECUTABLE, *argv, "--data-dir", self.data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    @contextmanager
    def server(self, *argv: str) -> Iterator[dict[str, Any]]:
        """A policy server for the commands inside; yields its first line."""
        child = self.start("serve", *argv)
        try:
            assert child.stdout is not None
            first = child.stdout.readline()
            assert first, child.communicate(timeout=TIMEOUT_S)
            yield json.loads(first)
        finally:
            child.terminate()
            child.communicate(timeout=TIMEOUT_S)


def environment() -> dict[str, str]:
    """The environment without what would lead the program elsewhere."""
    return {key: value for key, value in os.environ.items() if not key.startswith("MENTEE_")}
