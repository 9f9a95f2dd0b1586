"""Token ids and log-probabilities as bytes: little-endian int32 and float32; knows no SQL."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from typing import Any

from assistant.errors import InternalBug

_SWAP = sys.byteorder == "big"


def pack_ids(ids: Sequence[int]) -> bytes:
    """Token ids as int32, 4 bytes each.

    Raises:
        InternalBug: one does not fit.
    """
    return _pack("i", ids)


def unpack_ids(blob: bytes) -> list[int]:
    """The token ids that `pack_ids` wrote."""
    return _unpack("i", blob)


def pack_logprobs(logprobs: Sequence[float]) -> bytes:
    """Natural-log probabilities as float32, 4 bytes each: about 7 digits survive.

    Raises:
        InternalBug: one is not finite; a model that answers so is broken.
    """
    if not all(math.isfinite(value) for value in logprobs):
        raise InternalBug("A log-probability is not finite.")
    return _pack("f", logprobs)


def unpack_logprobs(blob: bytes) -> list[float]:
    """The log-probabilities that `pack_logprobs` wrote."""
    return _unpack("f", blob)


def _pack(code: str, values: Sequence[Any]) -> bytes:
    try:
        packed = array(code, values)
    except (OverflowError, TypeError) as error:
        raise InternalBug(f"Token ids or log-probabilities cannot be stored ({error}).") from error
    if _SWAP:
        packed.byteswap()
    return packed.tobytes()


def _unpack(code: str, blob: bytes) -> list[Any]:
    values = array(code)
    values.frombytes(blob)
    if _SWAP:
        values.byteswap()
    return values.tolist()
