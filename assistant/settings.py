"""The user's settings: a frozen pydantic model behind a human-editable TOML file.

Reading never fails: a broken file is kept aside under another name and the defaults are used; `load` says so.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.paths import DataDir


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChatSettings(_Section):
    """How replies are sampled. `seed` None draws a fresh one each turn."""

    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.95, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1, le=8192)
    seed: int | None = None
    system_prompt: str = ""


class MemorySettings(_Section):
    """Standing instructions and facts. `budget_tokens` bounds what they may add to a prompt."""

    enabled: bool = True
    budget_tokens: int = Field(default=256, ge=0)
    placement: Literal["after_user", "system"] = "after_user"


class LearningSettings(_Section):
    """The master switch and the limits of a learning run."""

    enabled: bool = True
    time_budget_s: int = Field(default=1800, ge=10)
    threads: int = Field(default=0, ge=0, description="0 = one per core")


class JudgeSettings(_Section):
    """Who reads what follows a reply. The key of an endpoint is in the environment, never here.

    Attributes:
        backend: "auto" takes the best one that passed its exam.
        endpoint: address of an OpenAI-compatible server, such as https://host/v1; empty = the model on this machine.
        model_path: another model file that is loaded only while reactions are read; empty = the served one.
        turns_per_run: so many replies a learning run reads at most, the newest first; 0 = none.
    """

    backend: Literal["auto", "model", "classifier", "rules"] = "auto"
    endpoint: str = ""
    endpoint_model: str = ""
    votes: int = Field(default=3, ge=1, le=9)
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="for a batch of eight")
    model_path: str = ""
    turns_per_run: int = Field(default=64, ge=0, le=10_000)


class ServingSettings(_Section):
    """The policy server. `model` empty = the starter model."""

    model: str = ""
    context_tokens: int = Field(default=4096, ge=256)
    threads: int = Field(default=0, ge=0, description="0 = one per core")


class AppearanceSettings(_Section):
    """What the window looks like."""

    scheme: Literal["system", "light", "dark"] = "system"
    font_size_pt: int = Field(default=0, ge=0, le=32, description="0 = the system's")


class Settings(_Section):
    """All settings. `version` numbers the format of the file."""

    version: int = 1
    chat: ChatSettings = ChatSettings()
    memory: MemorySettings = MemorySettings()
    learning: LearningSettings = LearningSettings()
    judge: JudgeSettings = JudgeSettings()
    serving: ServingSettings = ServingSettings()
    appearance: AppearanceSettings = AppearanceSettings()

    def with_value(self, section: str, key: str, value: Any) -> Settings:
        """A validated copy with one value changed.

        Raises:
            pydantic.ValidationError: the value is out of range or the key unknown.
        """
        tree = self.model_dump()
        tree[section][key] = value
        return Settings.model_validate(tree)


def load(data: DataDir) -> tuple[Settings, Path | None]:
    """The settings, and where a broken file was put aside (None when all was well)."""
    try:
        text = data.settings_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), None
    try:
        return Settings.model_validate(tomllib.loads(text)), None
    except (tomllib.TOMLDecodeError, ValidationError):
        aside = data.settings_file.with_suffix(".broken.toml")
        os.replace(data.settings_file, aside)
        return Settings(), aside


def save(data: DataDir, settings: Settings) -> None:
    """Writes the file atomically, keeping the user's comments and order."""
    try:
        document = tomlkit.parse(data.settings_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    _merge(document, settings.model_dump(exclude_none=True))
    if settings.chat.seed is None and "chat" in document:
        document["chat"].pop("seed", None)
    handle, name = tempfile.mkstemp(dir=data.root, prefix=".settings-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(tomlkit.dumps(document))
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, data.settings_file)


def _merge(into: Any, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            if key not in into:
                into[key] = tomlkit.table()
            _merge(into[key], value)
        else:
            into[key] = value
