"""The program with the simulated users locked away: proof that the learner never sees what they check.

`without_simulation(folder)` gives an environment in which every Python process, also a child of a child, fails as
soon as it imports `training.simulation` or opens a file of it. Hand it to the real learner:

    locked = without_simulation(tmp_path / "lock", environment())
    subprocess.run([EXECUTABLE, "learn", "--data-dir", data.root], env=locked.environment)
    assert locked.attempts() == []
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOCKED = "training.simulation is locked away"

# Python imports `sitecustomize` at its start. The error is no ImportError, lest somebody catch it, and each attempt is
# written down, in case somebody caught it all the same.
_SITECUSTOMIZE = f"""
import os, sys

ATTEMPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attempts.txt")
FOLDER = os.sep + os.path.join("training", "simulation") + os.sep


def refuse(what):
    with open(ATTEMPTS, "a", encoding="utf-8") as file:
        file.write(what + "\\n")
    raise RuntimeError({LOCKED!r} + ": " + what)


class Lock:
    def find_spec(self, name, path=None, target=None):
        if name == "training.simulation" or name.startswith("training.simulation."):
            refuse("import " + name)


def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)) and FOLDER in os.fsdecode(args[0]):
        refuse("open " + os.fsdecode(args[0]))


sys.meta_path.insert(0, Lock())
sys.addaudithook(watch)
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """An environment without the simulation, and the folder that makes it so."""

    folder: Path
    environment: dict[str, str]

    def attempts(self) -> list[str]:
        """What was refused, also when the error was caught."""
        file = self.folder / "attempts.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def without_simulation(folder: Path, environment: Mapping[str, str] | None = None) -> Locked:
    """Writes the lock into a folder of its own.

    Args:
        folder: made if need be.
        environment: to add to; the one of this process by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="utf-8")
    given = dict(os.environ if environment is None else environment)
    paths = [str(folder), *filter(None, [given.get("PYTHONPATH")])]
    return Locked(folder, {**given, "PYTHONPATH": os.pathsep.join(paths)})
