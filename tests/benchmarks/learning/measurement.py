"""A whole measurement: all users, seeds and arms, then the tables, the files and the last line. Owns no figure."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from training.simulation.users import named

from .bench import workbench
from .options import Options, parse
from .plot import Curve, Panel, svg
from .season import Examiner, season
from .table import at, per_seed, report

Records = list[dict[str, Any]]


def main(argv: list[str]) -> int:
    """Measures and prints; 0."""
    options = parse(argv)
    records = measure(options, lambda so_far: keep(options, so_far))
    keep(options, records)
    print(report(records))
    short = [{key: value for key, value in record.items() if key != "conversations"} for record in records]
    print(json.dumps({**about(options), "records": short}))
    return 0


def measure(options: Options, on_season: Callable[[Records], None]) -> Records:
    """The records of all users, seeds and arms; of those that were done when it is interrupted."""
    records: Records = []
    with workbench(options.model) as bench:
        try:
            for user, seed in product(options.users, options.seeds):
                examiner = Examiner(bench, named(user), seed, options)
                for arm in options.arms:
                    records.append(season(bench, named(user), seed, arm, options, examiner))
                    on_season(records)
        except KeyboardInterrupt:
            print("interrupted; what follows is what was measured so far", file=sys.stderr)
    return records


def keep(options: Options, records: Records) -> None:
    """Writes the files that were asked for; also after every season, as a measurement may take hours."""
    if options.out:
        options.out.write_text(json.dumps({**about(options), "records": records}, indent=1), encoding="utf-8")
    if options.plot:
        options.plot.write_text(svg(panels(records)), encoding="utf-8")


def panels(records: Sequence[dict[str, Any]]) -> list[Panel]:
    """A panel for each user, and one for all of them where there are several."""
    users = list(dict.fromkeys(record["user"] for record in records))
    groups = [(user, [record for record in records if record["user"] == user]) for user in users]
    if len(users) > 1:
        groups.append((f"all {len(users)} users", list(records)))
    return [Panel(title, tuple(_curves(some))) for title, some in groups]


def _curves(records: Sequence[dict[str, Any]]) -> list[Curve]:
    found = []
    for arm in dict.fromkeys(record["arm"] for record in records):
        own = [record for record in records if record["arm"] == arm]
        points = sorted({checkpoint["at"] for record in own for checkpoint in record["checkpoints"]})
        shares = [(point, per_seed(own, at(point))) for point in points]
        found.append(Curve(arm, tuple((x, fmean(ys), stdev(ys) if len(ys) > 1 else 0.0) for x, ys in shares)))
    return found


def about(options: Options) -> dict[str, Any]:
    """What was measured, and on what."""
    machine = {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }
    given = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(options).items()}
    return {"machine": machine, "options": given}
