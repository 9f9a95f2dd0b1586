"""Version folders on disk: an adapter, its manifest, and a marker that is written last.

A folder without the marker does not exist for readers. Knows neither llama.cpp nor the database.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AdapterUnusable, BadInput
from assistant.paths import DataDir

MARKER = "READY"
MANIFEST = "manifest.json"
ADAPTER = "adapter.gguf"


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """A complete version on disk."""

    path: Path
    manifest: dict[str, Any]

    @property
    def adapter(self) -> Path:
        """The file that the engine loads."""
        return self.path / ADAPTER

    @property
    def trained(self) -> Path:
        """The file that training continues from."""
        return self.path / "adapter.safetensors"


def publish(data: DataDir, version_id: int, files: Mapping[str, Path], manifest: Mapping[str, Any]) -> Path:
    """Puts a version's files in place, all or nothing: temporary folder, fsync, rename, marker.

    Args:
        data: where to.
        version_id: 1 or more.
        files: file name in the folder -> file to copy; `adapter.gguf` must be among them.
        manifest: model_hash, architecture, rank, alpha, parent, created_at; hashes and the id are added.

    Raises:
        BadInput: the version exists already, or the adapter is missing.
    """
    target = data.versions / str(version_id)
    if (target / MARKER).exists():
        raise BadInput(f"Version {version_id} exists already.")
    if version_id < 1 or ADAPTER not in files:
        raise BadInput("A version needs a number above 0 and an adapter.gguf.")
    work = Path(tempfile.mkdtemp(dir=data.versions, prefix=f".{version_id}-"))
    try:
        hashes = {name: _copy(source, work / name) for name, source in files.items()}
        full = {**manifest, "version": version_id, "sha256": hashes}
        _write(work / MANIFEST, json.dumps(full, indent=1, sort_keys=True).encode())
        if target.exists():
            shutil.rmtree(target)  # left by a crash before its marker
        os.rename(work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    _sync_folder(data.versions)
    _write(target / MARKER, b"")
    _sync_folder(target)
    return target


def load(data: DataDir, version_id: int, model_hash: str) -> VersionFolder:
    """A version whose files are whole and fit the model.

    Raises:
        AdapterUnusable: incomplete, damaged, or made for another model.
    """
    folder = data.versions / str(version_id)
    what = f"Version {version_id}"
    if not (folder / MARKER).exists():
        raise AdapterUnusable(f"{what} is missing or incomplete.")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = dict(manifest["sha256"])
        fits = manifest["model_hash"] == model_hash
    except (OSError, ValueError, KeyError, TypeError):
        raise AdapterUnusable(f"{what} has a damaged manifest.") from None
    if not fits:
        raise AdapterUnusable(f"{what} was made for another model.")
    path = folder / ADAPTER
    if not path.is_file() or hashes.get(ADAPTER) != sha256(path):
        raise AdapterUnusable(f"{what} is damaged: its adapter file is not what was saved.")
    return VersionFolder(folder, manifest)


def remove(data: DataDir, version_id: int) -> None:
    """Deletes a version's files; the marker goes first, so that a crash leaves nothing half alive."""
    folder = data.versions / str(version_id)
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> str:
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return sha256(target)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """Hash of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
