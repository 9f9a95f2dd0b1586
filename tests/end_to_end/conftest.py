"""The real program on a folder of its own, and the model that it serves."""

from __future__ import annotations

import pytest
from helpers.real_program import RealProgram

from assistant.paths import DataDir
from assistant.policy.gguf_info import ModelInfo, inspect
from assistant.policy.starter import starter_model


@pytest.fixture
def mentee(data: DataDir) -> RealProgram:
    return RealProgram(data.root)


@pytest.fixture
def info(data: DataDir) -> ModelInfo:
    return inspect(starter_model(), data)
