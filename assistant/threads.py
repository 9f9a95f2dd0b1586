"""How the number-crunching libraries wait for each other's threads. Import nothing heavy before calling this."""

from __future__ import annotations

import os


def wait_politely() -> None:
    """Makes OpenMP threads sleep at a barrier instead of spinning; a value set by the user stays.

    libgomp spins by default. On two cores with anything else running, a spinning thread keeps its own partner from
    being scheduled: the starter model fell from 28 to 1 token a second next to one busy process, and to 2 on a machine
    with load 4, where sleeping gave 26 (docs/results.md). Read once, when libgomp is loaded, so it has to be set before
    llama.cpp or torch is imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
