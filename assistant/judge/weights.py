"""The file of the trained classifier: hashed weights as bytes, the rest as floats. Reads and writes; numpy only."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import resources
from assistant.errors import BadInput
from assistant.judge.features import BUCKETS, Features

FILE = "judge/classifier.npz"
FORMAT = 1
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear layer: logits = hashed @ table * scale + measured @ dense + bias.

    Attributes:
        classes: the names of its columns, C of them.
        table: int8 [BUCKETS, C].
        scale: float32 [C]: what one step of `table` is worth.
        dense: float32 [D, C], for the measured features as they come.
        bias: float32 [C].
    """

    classes: tuple[str, ...]
    table: NDArray[np.int8]
    scale: Floats
    dense: Floats
    bias: Floats

    def logits(self, seen: Features) -> Floats:
        """One logit a class."""
        hashed = seen.value @ self.table[seen.at].astype(np.float32)
        made: Floats = hashed * self.scale + seen.dense @ self.dense + self.bias
        return made


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything that was trained.

    Attributes:
        temperature: what logits of categories are divided by, so that probabilities are calibrated.
        threshold: the least probability of -1 at which a case is judged -1.
        sha256: of the file.
    """

    category: Linear
    scope: Linear
    temperature: float
    threshold: float
    sha256: str = ""


def quantised(classes: tuple[str, ...], table: Floats, dense: Floats, bias: Floats) -> Linear:
    """A layer with its hashed weights rounded to 255 steps, column by column."""
    scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127
    small = np.rint(table / scale).astype(np.int8)
    return Linear(classes, small, scale.astype(np.float32), dense.astype(np.float32), bias.astype(np.float32))


def save(weights: Weights, file: Path) -> None:
    """Writes the file; the same weights give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "format": np.array([FORMAT]),
        "numbers": np.array([weights.temperature, weights.threshold], dtype=np.float64),
    }
    for name, layer in (("category", weights.category), ("scope", weights.scope)):
        arrays |= {
            f"{name}_classes": np.array(layer.classes), f"{name}_table": layer.table, f"{name}_scale": layer.scale,
            f"{name}_dense": layer.dense, f"{name}_bias": layer.bias,
        }  # fmt: skip
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read(file: Path) -> Weights:
    """Reads what `save` wrote.

    Raises:
        BadInput: the file is none, or of another format.
    """
    try:
        content = file.read_bytes()
        arrays = np.load(io.BytesIO(content), allow_pickle=False)
        if int(arrays["format"][0]) != FORMAT:
            raise BadInput(f"{file.name} is of another format.")
        temperature, threshold = (float(one) for one in arrays["numbers"])
        layers = [_layer(arrays, name) for name in ("category", "scope")]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise BadInput(f"{file.name} cannot be read ({type(problem).__name__}).") from None
    return Weights(layers[0], layers[1], temperature, threshold, hashlib.sha256(content).hexdigest())


def _layer(arrays: np.lib.npyio.NpzFile, name: str) -> Linear:
    table = arrays[f"{name}_table"]
    if table.shape[0] != BUCKETS:
        raise ValueError("size")
    return Linear(
        tuple(str(one) for one in arrays[f"{name}_classes"]), table, arrays[f"{name}_scale"],
        arrays[f"{name}_dense"], arrays[f"{name}_bias"],
    )  # fmt: skip


@cache
def shipped() -> Weights:
    """The classifier that ships.

    Raises:
        BadInput: its file is missing or damaged.
    """
    return read(resources.path(FILE))
