"""How the number-crunching libraries wait for each other's threads. Import nothing heavy before calling this."""

from __future__ import annotations

import os


def wait_politely() -> None:
    """Makes OpenMP threads spin only briefly at a barrier, then sleep; values set by the user stay.

    libgomp spins for milliseconds by default. On two cores with anything else running, a spinning thread keeps its own
    partner from being scheduled, and the starter model falls to a few tokens a second. A spin of about 50 microseconds
    covers the short operations and keeps the full speed of a quiet machine (docs/decisions/0004-waiting-threads.md).
    Read once, when the library is loaded, so it has to be set before llama.cpp or torch is imported.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # Other OpenMP runtimes do not know the line above; libgomp prefers it to this one.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
