"""The learner never sees a simulated user's check: its modules and its command work with the simulation locked away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers.without_simulation import LOCKED, Locked, without_simulation

ROOT = Path(__file__).resolve().parents[3]
TRAINING = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in (ROOT / "training").rglob("*.py")
    if ROOT / "training" / "simulation" not in file.parents
)


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return without_simulation(tmp_path / "lock")


def python(locked: Locked, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv], cwd=ROOT, env=locked.environment, capture_output=True, text=True, check=False
    )


def test_every_module_of_the_learner_loads_without_the_simulation(locked: Locked) -> None:
    assert {"training", "training.worker", "training.exam", "training.trainer"} <= set(TRAINING)
    code = f"import importlib, sys\nfor name in {TRAINING!r}: importlib.import_module(name)\n"
    code += "from training.prompts import bank\nassert bank('practice') and bank('exam')\n"
    done = python(locked, "-c", code + "print(*(n for n in sys.modules if 'simulation' in n))")
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
    assert locked.attempts() == []


def test_the_learner_s_command_starts_without_the_simulation(locked: Locked) -> None:
    done = python(locked, "-m", "mentee", "learn", "--help")
    assert (done.returncode, locked.attempts()) == (0, []), done.stderr
    assert "usage: mentee learn" in done.stdout


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import training.simulation.users", "import training.simulation"),
        ("import training.prompts\ntraining.prompts.bank('heldout')", "open "),
        (
            "try:\n    import training.simulation\nexcept RuntimeError: pass\nelse: raise SystemExit(3)",
            "import training",
        ),
    ],
)
def test_the_lock_holds(locked: Locked, code: str, what: str) -> None:
    done = python(locked, "-c", code)
    assert "except" in code or (done.returncode == 1 and LOCKED in done.stderr)
    assert done.returncode in (0, 1)
    assert locked.attempts()[0].startswith(what)
