"""What a verdict of the classifier costs, and how often judges are right on rows that they were not made from.

.venv/bin/python -m tests.benchmarks.judging
"""

from __future__ import annotations

import statistics
import time

from assistant.judge.classifier import ClassifierJudge
from assistant.judge.exam import examine, tables
from assistant.judge.labelled import labelled
from assistant.judge.rules import RulesJudge


def main() -> None:
    """Prints times and tables."""
    start = time.perf_counter()
    judge = ClassifierJudge()
    print(f"loading: {(time.perf_counter() - start) * 1e3:.0f} ms")
    rows = labelled("test", "blind")
    judge.judge([rows[0].case])
    times_ms = []
    for row in rows:
        start = time.perf_counter()
        judge.judge([row.case])
        times_ms.append((time.perf_counter() - start) * 1e3)
    worst = statistics.quantiles(times_ms, n=20)[-1]
    print(f"a verdict: median {statistics.median(times_ms):.2f} ms, 95 of 100 within {worst:.2f} ms")
    for split in ("test", "blind"):
        for one in (RulesJudge(), judge):
            print(f"\n== {split}\n{tables(examine(one, labelled(split)))}")


if __name__ == "__main__":
    main()
