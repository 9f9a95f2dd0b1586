"""Version folders on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.errors import AdapterUnusable, BadInput
from assistant.paths import DataDir
from assistant.policy.versions import ADAPTER, MANIFEST, MARKER, load, publish, remove


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {ADAPTER: tmp_path / "a", "adapter.safetensors": tmp_path / "b"}
    for path in made.values():
        path.write_bytes(path.name.encode() * 100)
    return made


@pytest.fixture
def folder(data: DataDir, files: dict[str, Path]) -> Path:
    return publish(data, 1, files, {"model_hash": "m", "rank": 16, "parent": 0})


def test_what_is_published_can_be_loaded(data: DataDir, folder: Path) -> None:
    version = load(data, 1, "m")
    assert version.adapter.read_bytes() == b"a" * 100
    assert version.trained.read_bytes() == b"b" * 100
    assert (version.manifest["version"], version.manifest["rank"]) == (1, 16)
    assert set(version.manifest["sha256"]) == {ADAPTER, "adapter.safetensors"}


def test_a_version_is_never_overwritten(data: DataDir, folder: Path, files: dict[str, Path]) -> None:
    with pytest.raises(BadInput, match="exists"):
        publish(data, 1, files, {})


def test_what_a_crash_left_is_replaced(data: DataDir, folder: Path, files: dict[str, Path]) -> None:
    (folder / MARKER).unlink()
    with pytest.raises(AdapterUnusable, match="incomplete"):
        load(data, 1, "m")
    publish(data, 1, files, {"model_hash": "n"})
    assert load(data, 1, "n").manifest["model_hash"] == "n"


def test_a_failed_publication_leaves_nothing(data: DataDir, files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        publish(data, 3, {**files, "extra": tmp_path / "missing"}, {})
    assert list(data.versions.iterdir()) == []


@pytest.mark.parametrize(("number", "names"), [(0, [ADAPTER]), (2, ["adapter.safetensors"])])
def test_version_zero_and_missing_adapters_are_refused(
    data: DataDir, files: dict[str, Path], number: int, names: list[str]
) -> None:
    with pytest.raises(BadInput):
        publish(data, number, {name: files[name] for name in names}, {})


def test_another_model(data: DataDir, folder: Path) -> None:
    with pytest.raises(AdapterUnusable, match="another model"):
        load(data, 1, "other")


def test_damage(data: DataDir, folder: Path) -> None:
    (folder / ADAPTER).write_bytes(b"a" * 99)
    with pytest.raises(AdapterUnusable, match="damaged"):
        load(data, 1, "m")
    (folder / ADAPTER).unlink()
    with pytest.raises(AdapterUnusable, match="damaged"):
        load(data, 1, "m")


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"model_hash": "m"}), '{"sha256": 5, "model_hash": "m"}'])
def test_a_damaged_manifest(data: DataDir, folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content)
    with pytest.raises(AdapterUnusable, match="manifest"):
        load(data, 1, "m")


def test_removed_versions_are_gone(data: DataDir, folder: Path) -> None:
    remove(data, 1)
    assert not folder.exists()
    with pytest.raises(AdapterUnusable, match="missing"):
        load(data, 1, "m")
    remove(data, 1)
