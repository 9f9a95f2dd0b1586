"""Versions with random adapters."""

from __future__ import annotations

from helpers.random_adapter import write_random_adapter

from assistant.paths import DataDir
from assistant.policy.gguf_info import ModelInfo
from assistant.policy.versions import publish
from assistant.store import Store
from assistant.store.records import NewVersion


def add_version(data: DataDir, info: ModelInfo, seed: int, parent: int = 0) -> int:
    """Lists and publishes a version with a random adapter."""
    file = data.runs / f"adapter-{seed}.gguf"
    write_random_adapter(file, info.path, seed=seed)
    with Store.open(data) as store:
        version = store.versions.add(
            NewVersion(info.sha256, parent_id=parent, run_id=None, sha256="", exam={}, rank=4, alpha=4.0)
        )
    manifest = {"model_hash": info.sha256, "architecture": info.architecture, "rank": 4, "alpha": 4.0}
    publish(data, version.id, {"adapter.gguf": file}, manifest)
    return version.id
