"""What a model file says of itself: header, fingerprint, and whether the learner can train it.

Reads only the GGUF header (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md); never loads weights and never
imports llama.cpp.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import ModelUnusable
from assistant.paths import DataDir

TRAINABLE = ("llama", "qwen2", "qwen3")
"""Architectures whose dense weights the learner decodes and whose adapters it exports."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class ArrayAt:
    """An array left unread in the header: where its items start, their type and how many there are."""

    position: int
    item_type: int
    count: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A usable model file.

    Attributes:
        sha256: of the whole file; the identity that versions are tied to.
        context_length: tokens the model was trained for.
        why_not: one sentence when `trainable` is false, else empty.
    """

    path: Path
    sha256: str
    architecture: str
    name: str
    context_length: int
    trainable: bool
    why_not: str


class GgufHeader:
    """The metadata and tensor table of one file.

    Attributes:
        metadata: scalar and text values by key; arrays are `ArrayAt`.
        tensors: name -> (dimensions, ggml type, offset from the start of the data).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata: dict[str, Any] = {}
        self.tensors: dict[str, tuple[tuple[int, ...], int, int]] = {}
        self._tokens: list[str] | None = None
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelUnusable(f"{path} is not a GGUF model file.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                try:
                    self.data_start = self._parse(view)
                except (struct.error, UnicodeDecodeError, OverflowError, IndexError, ValueError):
                    raise ModelUnusable(f"{path} is truncated or damaged.") from None

    def token_text(self, key: str) -> str:
        """The text of the token whose id is stored under `key`, empty when there is none."""
        token = self.metadata.get(key)
        if not isinstance(token, int) or self._tokens is None or token >= len(self._tokens):
            return ""
        return self._tokens[token]

    def _parse(self, view: mmap.mmap) -> int:
        version, n_tensors, n_values = struct.unpack_from("<IQQ", view, 4)
        if version not in (2, 3):
            raise ModelUnusable(f"{self.path} is GGUF version {version}; versions 2 and 3 are supported.")
        position = 24
        for _ in range(n_values):
            key, position = _text(view, position)
            (kind,) = struct.unpack_from("<I", view, position)
            value, position = _value(view, position + 4, kind)
            self.metadata[key] = value
        for _ in range(n_tensors):
            name, position = _text(view, position)
            (n_axes,) = struct.unpack_from("<I", view, position)
            *shape, kind, offset = struct.unpack_from(f"<{n_axes}QIQ", view, position + 4)
            position += 4 + 8 * n_axes + 12
            self.tensors[name] = (tuple(shape), kind, offset)
        self._tokens = _tokens(view, self.metadata.get("tokenizer.ggml.tokens"))
        alignment = int(self.metadata.get("general.alignment", 32))
        return (position + alignment - 1) // alignment * alignment

    def bytes_needed(self) -> int:
        """The size that a complete file has at least."""
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

        end = self.data_start
        for shape, kind, offset in self.tensors.values():
            try:
                block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
            except (ValueError, KeyError):
                raise ModelUnusable(f"{self.path} uses an unknown number format ({kind}).") from None
            items = 1
            for axis in shape:
                items *= axis
            end = max(end, self.data_start + offset + items // block * size)
        return end


def inspect(path: Path, data: DataDir) -> ModelInfo:
    """Reads the header of a model file and fingerprints it.

    Raises:
        ModelUnusable: missing, not GGUF, truncated, or not a language model.
    """
    path = path.expanduser().resolve()
    if not path.is_file():
        raise ModelUnusable(f"There is no model file at {path}.")
    if path.stat().st_size < 24:
        raise ModelUnusable(f"{path} is not a GGUF model file.")
    header = GgufHeader(path)
    meta = header.metadata
    architecture = str(meta.get("general.architecture", ""))
    if not architecture or "tokenizer.ggml.tokens" not in meta:
        raise ModelUnusable(f"{path} holds no language model with a vocabulary.")
    if path.stat().st_size < header.bytes_needed():
        raise ModelUnusable(f"{path} is truncated: {path.stat().st_size} of {header.bytes_needed()} bytes.")
    why_not = _why_not(architecture, header)
    return ModelInfo(
        path=path,
        sha256=_fingerprint(path, data),
        architecture=architecture,
        name=str(meta.get("general.name") or path.stem),
        context_length=int(meta.get(f"{architecture}.context_length", 2048)),
        trainable=not why_not,
        why_not=why_not,
    )


def _why_not(architecture: str, header: GgufHeader) -> str:
    if architecture not in TRAINABLE:
        return f"Learning does not support models of the type {architecture}; chatting works."
    if int(header.metadata.get(f"{architecture}.expert_count", 0) or 0) > 0:
        return "Learning does not support mixture-of-experts models; chatting works."
    if "rope_freqs.weight" in header.tensors:
        return "Learning does not support this model's position scaling yet; chatting works."
    if architecture == "qwen3" and int(header.metadata.get("qwen3.attention.key_length", 128)) != 128:
        return "Learning does not support this model's head size; chatting works."
    return ""


def _fingerprint(path: Path, data: DataDir) -> str:
    stat = path.stat()
    key = f"{path}|{stat.st_size}|{stat.st_mtime_ns}"
    cache = _read_cache(data.hash_cache)
    if key not in cache:
        with path.open("rb") as file:
            cache[key] = hashlib.file_digest(file, "sha256").hexdigest()
        _write_cache(data, {k: v for k, v in cache.items() if not k.startswith(f"{path}|")} | {key: cache[key]})
    return cache[key]


def _read_cache(file: Path) -> dict[str, str]:
    try:
        cache = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {k: v for k, v in cache.items() if isinstance(v, str)} if isinstance(cache, dict) else {}


def _write_cache(data: DataDir, cache: dict[str, str]) -> None:
    handle, name = tempfile.mkstemp(dir=data.root, prefix=".hashes-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(cache, file, indent=1)
    os.replace(name, data.hash_cache)


def _text(view: mmap.mmap, position: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", view, position)
    start = position + 8
    if start + length > len(view):
        raise ValueError("text runs past the end of the file")
    return view[start : start + length].decode("utf-8", errors="replace"), start + length


def _value(view: mmap.mmap, position: int, kind: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _text(view, position)
    if kind != _ARRAY:
        form = "<" + _SCALARS.get(kind, "!")
        return struct.unpack_from(form, view, position)[0], position + struct.calcsize(form)
    item, count = struct.unpack_from("<IQ", view, position)
    start = position + 12
    return ArrayAt(start, item, count), _skip(view, start, item, count)


def _skip(view: mmap.mmap, position: int, item: int, count: int) -> int:
    if item in _SCALARS:
        position += struct.calcsize("<" + _SCALARS[item]) * count
    elif item == _STRING:
        length_at = struct.Struct("<Q").unpack_from
        for _ in range(count):
            position += 8 + length_at(view, position)[0]
    else:
        raise ValueError("nested arrays are not used by model files")
    if position > len(view):
        raise ValueError("array runs past the end of the file")
    return position


def _tokens(view: mmap.mmap, array: object) -> list[str] | None:
    if not isinstance(array, ArrayAt) or array.item_type != _STRING:
        return None
    return list(_texts(view, array))


def _texts(view: mmap.mmap, array: ArrayAt) -> Iterable[str]:
    position = array.position
    for _ in range(array.count):
        text, position = _text(view, position)
        yield text
