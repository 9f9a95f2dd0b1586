"""One real server with the starter model for all tests here, and adapters for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.policy_process import PolicyProcess
from helpers.policy_versions import add_version

from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.policy.gguf_info import ModelInfo, inspect
from assistant.policy.starter import starter_model


@pytest.fixture(scope="session")
def starter() -> Path:
    return starter_model()


@pytest.fixture(scope="session")
def served_data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    return DataDir.resolve(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def served(served_data: DataDir) -> Iterator[PolicyProcess]:
    """The shared server; tests must leave it on version 0."""
    process = PolicyProcess.start(served_data)
    yield process
    assert process.stop() == 0


@pytest.fixture
def client(served: PolicyProcess) -> PolicyClient:
    return served.client


@pytest.fixture(scope="session")
def info(served_data: DataDir, starter: Path) -> ModelInfo:
    return inspect(starter, served_data)


@pytest.fixture(scope="session")
def versions(served: PolicyProcess, served_data: DataDir, info: ModelInfo) -> tuple[int, int]:
    """Two versions of the shared server, neither in use."""
    return add_version(served_data, info, 1), add_version(served_data, info, 2)
