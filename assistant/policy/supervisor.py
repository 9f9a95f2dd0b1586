"""Finding the policy server of a data directory, or starting one for as long as it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
from filelock import FileLock, Timeout

from assistant.errors import PolicyRefused, PolicyUnavailable
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient

_STOP_S = 10.0
_JOIN_S = 10.0


def running(data: DataDir) -> PolicyClient | None:
    """A client of the server that runs on this data directory, None when none answers. Close it."""
    try:
        hello = json.loads(data.server_file.read_text(encoding="utf-8"))
        pid, url, token = int(hello["pid"]), str(hello["url"]), str(hello["token"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if not psutil.pid_exists(pid):
        return None
    client = PolicyClient(url, token)
    try:
        # Another program may have taken over the process id and even the port.
        if client.health()["pid"] == pid:
            return client
    except (PolicyUnavailable, PolicyRefused, KeyError, ValueError):
        pass
    client.close()
    return None


@contextmanager
def connect_or_start(data: DataDir, model: str | Path | None = None) -> Iterator[PolicyClient]:
    """A client; a server started for it ends with it.

    Args:
        data: whose server.
        model: a model file; then a server of its own is started, the running one may have another model.

    Raises:
        PolicyUnavailable: the server does not start; the text is its own reason.
    """
    process: subprocess.Popen[str] | None = None
    client = running(data) if model is None else None
    if client is None:
        process, client = _start_or_join(data, model)
    try:
        with client:
            yield client
    finally:
        if process:
            _stop(process)


def _start_or_join(data: DataDir, model: str | Path | None) -> tuple[subprocess.Popen[str] | None, PolicyClient]:
    """Starts a server, or uses the one that another process started at the same moment."""
    try:
        return _start(data, model)
    except PolicyUnavailable:
        deadline = time.monotonic() + _JOIN_S
        while model is None and _locked(data) and time.monotonic() < deadline:
            if client := running(data):
                return None, client
            time.sleep(0.1)
        raise


def _locked(data: DataDir) -> bool:
    try:
        with FileLock(data.server_lock, timeout=0):
            return False
    except Timeout:
        return True


def _start(data: DataDir, model: str | Path | None) -> tuple[subprocess.Popen[str], PolicyClient]:
    command = [sys.executable, "-m", "mentee", "serve", "--die-with-parent", "--data-dir", str(data.root)]
    if model is not None:
        command += ["--unlisted", "--model", str(model)]
    with (data.logs / "policy-start.log").open("w+", encoding="utf-8") as complaints:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            hello = json.loads(line)
            return process, PolicyClient(str(hello["url"]), str(hello["token"]))
        except (ValueError, KeyError):
            _stop(process)
            raise PolicyUnavailable(_reason(complaints)) from None


def _reason(complaints: IO[str]) -> str:
    complaints.seek(0)
    lines = complaints.read().strip().splitlines()
    return lines[-1].removeprefix("mentee serve: ") if lines else "The policy server did not start."


def _stop(process: subprocess.Popen[str]) -> None:
    """Closing its standard input is the request to end."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
