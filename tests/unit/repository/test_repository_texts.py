"""What the repository promises in its texts: notices, the two commands, the commands that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SHIPPED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["learn"]]


@pytest.mark.parametrize("requirement", SHIPPED)
def test_every_dependency_has_its_notice(requirement: str) -> None:
    name = re.split(r"[^\w.-]", requirement)[0].lower()
    notice = (ROOT / "resources" / "licences" / "NOTICE.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {re.escape(name)} \| (?!not stated)\S.* \| https://\S+ \|$", notice, re.MULTILINE)


def test_the_readme_begins_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line.split("#")[0].strip() for line in lines[:2]] == ["make run", "make test"]


def test_every_make_target_named_in_the_texts_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run"]
    words = "\n".join(text.read_text(encoding="utf-8") for text in texts)
    named = set(re.findall(r"(?:^ *|`)make ([a-z-]+)", words, re.MULTILINE))
    assert named >= {"run", "test", "check", "bench"}
    assert named <= targets


def test_links_between_the_texts_lead_somewhere() -> None:
    for text in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)\)", text.read_text(encoding="utf-8")):
            assert (text.parent / target).exists(), f"{text.name} points to {target}"
