"""Rewrites the table in resources/licences/NOTICE.md from the metadata of the installed packages.

The notices above the table are written by hand and stay as they are.

Run it after a change of dependencies: `.venv/bin/python tools/notices.py`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "licences" / "NOTICE.md"

TABLE = "| package | licence | home |\n|---|---|---|\n"


def bare_name(requirement: str) -> str:
    """The normalised project name at the start of a requirement."""
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def direct_requirements() -> list[str]:
    """The requirements of the program and of the learner."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["learn"]]


def closure(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """Every installed distribution that the requirements lead to, by name; extras are not followed."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [bare_name(line) for line in requirements]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        waiting += [bare_name(line) for line in found[name].requires or [] if "extra ==" not in line]
    return found


def field(about: metadata.PackageMetadata, name: str) -> str:
    """The first value of a metadata field, or nothing."""
    return str(next(iter(about.get_all(name) or []), ""))


def licence(about: metadata.PackageMetadata) -> str:
    """The licence as the package states it: SPDX expression, else trove classifiers, else its own words."""
    classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    in_words = field(about, "License").partition("\n")[0]
    return (
        field(about, "License-Expression")
        or "; ".join(line.rpartition("::")[2].strip() for line in classifiers)
        or in_words
        or "not stated"
    )


def home(about: metadata.PackageMetadata) -> str:
    """The address of the project, as the package states it."""
    pairs = (line.split(", ", 1) for line in about.get_all("Project-URL") or [])
    urls: dict[str, str] = {label.lower(): url for label, url in pairs}
    for label in ("source", "source code", "repository", "homepage"):
        if label in urls:
            return urls[label]
    return field(about, "Home-page") or next(iter(urls.values()), "")


def main() -> int:
    """Writes the file; the exit status is 1 when a direct requirement is not installed."""
    direct = direct_requirements()
    found = closure(direct)
    missing = {bare_name(line) for line in direct} - found.keys()
    if missing:
        print(f"not installed: {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    about = [(name, found[name].metadata) for name in sorted(found)]
    rows = [f"| {name} | {licence(data)} | {home(data)} |" for name, data in about]
    notices, table, _ = TARGET.read_text(encoding="utf-8").partition(TABLE)
    TARGET.write_text(notices + table + "\n".join(rows) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
