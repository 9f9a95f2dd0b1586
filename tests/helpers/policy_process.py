"""A real policy server in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from assistant.paths import DataDir
from assistant.policy.client import PolicyClient

ROOT = Path(__file__).parents[2]


def serve_command(data: DataDir, *options: str) -> list[str]:
    return [sys.executable, "-m", "mentee", "serve", "--data-dir", str(data.root), *options]


@dataclass
class PolicyProcess:
    """A running server.

    Attributes:
        hello: the line it printed when it was ready.
    """

    process: subprocess.Popen[str]
    hello: dict[str, str]
    client: PolicyClient

    @classmethod
    def start(cls, data: DataDir, *options: str) -> PolicyProcess:
        command = serve_command(data, "--die-with-parent", *options)
        with (data.logs / "stderr.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        line = process.stdout.readline()
        assert line, (data.logs / "stderr.log").read_text()
        hello = json.loads(line)
        return cls(process, hello, PolicyClient(hello["url"], hello["token"]))

    def stop(self) -> int:
        """Ends it as the window does, by closing its standard input; returns the exit status."""
        self.client.close()
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        return status

    def counter(self, name: str) -> int:
        return self.client.health()["counters"][name]


def refused(data: DataDir, *options: str) -> tuple[int, list[str]]:
    """Runs a server that cannot start: its exit status and the lines on stderr."""
    done = subprocess.run(
        serve_command(data, *options), cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.strip().splitlines()
