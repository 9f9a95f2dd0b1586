"""The checks of `mentee doctor`, those that need no server first.

A check never raises for what it checks: an error of ours becomes its line.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import psutil

from assistant.commands.probe import Probing
from assistant.errors import MenteeError
from assistant.paths import DataDir
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import chosen_model
from assistant.policy.supervisor import connect_or_start
from assistant.settings import Settings
from assistant.store import Store

_MB = 1_000_000
# A run writes an adapter, a checkpoint and logs; below this a chat could fail for want of space.
_DISK_NEEDED_MB = 500
_MEMORY_NEEDED_MB = 300
_SELFTEST_TIMEOUT_S = 180


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; `skipped` is neither good nor bad."""

    name: str
    state: Literal["ok", "failed", "skipped"]
    text: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


Runnable = Callable[[], Check]


def local_checks(data: DataDir) -> list[Runnable]:
    """Database, disk, memory and the learner's own self-test."""
    return [
        _check("database", lambda: _database(data)),
        _check("disk", lambda: _disk(data)),
        _check("memory", _memory),
        _gradient,
    ]


def serving_checks(data: DataDir, settings: Settings, model: str | None) -> Iterator[Runnable]:
    """Model file, one token, adapter round trip; the server is started for them where none runs."""
    yield _check("model", lambda: _model(data, settings, model))
    started = time.monotonic()
    try:
        with connect_or_start(data, model=model) as client:
            seconds = time.monotonic() - started
            info = inspect(chosen_model(model, settings.serving.model), data)
            probing = Probing(data, client, info)
            yield _check("token", lambda: f"{probing.one_token()}, server reached in {seconds:.1f} s")
            yield _check("adapter", probing.adapter_round_trip)
    except MenteeError as error:
        # `lambda` would look up the name after the handler has deleted it.
        yield functools.partial(Check, "server", "failed", str(error))


def _check(name: str, measure: Callable[[], str]) -> Runnable:
    def run() -> Check:
        try:
            return Check(name, "ok", measure())
        except (MenteeError, OSError) as error:
            return Check(name, "failed", " ".join(str(error).split()))

    return run


def _database(data: DataDir) -> str:
    with Store.open(data) as store:
        problems = store.check()
        lessons, turns = len(store.lessons.list(limit=-1)), len(store.turns.recent(-1))
    if problems:
        raise MenteeError(f"{len(problems)} problems, the first: {problems[0]}")
    return f"sound, {data.database.stat().st_size / _MB:.1f} MB, {turns} turns, {lessons} lessons"


def _disk(data: DataDir) -> str:
    free_mb = shutil.disk_usage(data.root).free / _MB
    if free_mb < _DISK_NEEDED_MB:
        raise MenteeError(f"only {free_mb:.0f} MB free at {data.root}; {_DISK_NEEDED_MB} MB are needed")
    return f"{free_mb / 1000:.1f} GB free at {data.root}"


def _memory() -> str:
    memory = psutil.virtual_memory()
    if memory.available < _MEMORY_NEEDED_MB * _MB:
        raise MenteeError(f"only {memory.available / _MB:.0f} MB of memory are available")
    return f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB available"


def _model(data: DataDir, settings: Settings, model: str | None) -> str:
    info = inspect(chosen_model(model, settings.serving.model), data)
    learning = "can be taught" if info.trainable else info.why_not
    size_mb = info.path.stat().st_size / _MB
    return f"{info.name}, {info.architecture}, {size_mb:.0f} MB, context {info.context_length}; {learning}"


def _gradient() -> Check:
    if any(importlib.util.find_spec(name) is None for name in ("torch", "peft", "transformers")):
        return Check("gradient", "skipped", "the learner is not installed (extra `learn`)")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "training.selftest"], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=_SELFTEST_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Check("gradient", "failed", f"the self-test took longer than {_SELFTEST_TIMEOUT_S} s")
    said = (done.stdout or done.stderr).strip().splitlines()
    text = _figures(said[-1]) if said else "the self-test said nothing"
    return Check("gradient", "ok" if done.returncode == 0 else "failed", text)


def _figures(line: str) -> str:
    """The JSON line of the self-test as `name value, ...`; other text as it is."""
    try:
        values = json.loads(line)
    except ValueError:
        return line
    if not isinstance(values, dict):
        return line
    return ", ".join(f"{name} {value}" for name, value in values.items())
