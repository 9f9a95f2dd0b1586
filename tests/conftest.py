"""Fixtures for every test: a data directory of its own, no display, no hub, no unexpected warning logged."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Read when Qt, the hub client and OpenMP are first loaded, so they have to stand before any test module.
os.environ["GOMP_SPINCOUNT"] = "1000"
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest

from assistant.paths import DataDir
from assistant.store import Store

if TYPE_CHECKING:
    from helpers.fake_policy import FakePolicy

Announce = Callable[[str], None]


class _Collector(logging.Handler):
    """Keeps every record at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.announced: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def unexpected(self) -> list[str]:
        lines = [f"{record.name}: {record.getMessage()}" for record in self.records]
        return [line for line in lines if not any(known.search(line) for known in self.announced)]

    def missing(self) -> list[str]:
        lines = [f"{record.name}: {record.getMessage()}" for record in self.records]
        return [known.pattern for known in self.announced if not any(known.search(line) for line in lines)]


@pytest.fixture(autouse=True)
def log_collector() -> Iterator[_Collector]:
    """Fails a test that logs a warning nobody announced, or announces one that never comes."""
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    yield collector
    root.removeHandler(collector)
    assert not collector.unexpected(), "unexpected warnings in the log (announce them with expect_warning)"
    assert not collector.missing(), "announced warnings that were never logged"


@pytest.fixture
def expect_warning(log_collector: _Collector) -> Announce:
    """`expect_warning(pattern)`: a record "logger: message" that matches must, and may, be logged."""
    return lambda pattern: log_collector.announced.append(re.compile(pattern))


@pytest.fixture(autouse=True)
def no_data_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that forgets `--data-dir` must not reach the data of whoever runs the tests."""
    monkeypatch.setenv("MENTEE_DATA_DIR", str(tmp_path / "default-data"))


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A fresh data directory."""
    return DataDir.resolve(tmp_path / "data")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Making the tables takes longer than most tests: done once."""
    made = DataDir.resolve(tmp_path_factory.mktemp("empty"))
    Store.open(made).close()
    return made.database.read_bytes()


@pytest.fixture
def store(data: DataDir, empty_database: bytes) -> Iterator[Store]:
    """An open store in the fresh data directory."""
    data.database.write_bytes(empty_database)
    with Store.open(data) as opened:
        yield opened


@pytest.fixture
def policy() -> FakePolicy:
    """A client with queued replies in place of the policy server; unit tests only."""
    from helpers.fake_policy import FakePolicy

    return FakePolicy()
