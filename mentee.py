"""The one executable: looks at the sub-command and loads only what it needs.

This is the composition root and the only module that knows both the window and the learner.
"""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Runs `mentee ...` and returns the exit status (0 done, 1 refused or failed, 2 wrong usage)."""
    from assistant.commands.main import run
    from assistant.threads import wait_politely

    wait_politely()

    return run(sys.argv[1:] if argv is None else argv, window=_window, learner=_learner)


def _window(argv: list[str]) -> int:
    from app.main import run

    return run(argv)


def _learner(argv: list[str]) -> int:
    from training.worker import main as learn

    return learn(argv)


if __name__ == "__main__":
    sys.exit(main())
