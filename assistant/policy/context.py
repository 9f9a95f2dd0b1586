"""One llama.cpp context: batches in, logits of the asked rows out, memory of sequences.

A context belongs to the thread that decodes with it; only `abort` may be called from others. Logits are produced for
the flagged rows only.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np
import numpy.typing as npt

from assistant.errors import InternalBug, ModelUnusable
from assistant.policy.adapters_live import Adapter
from assistant.policy.native import NativeModel

FloatRow = npt.NDArray[np.float32]

# The abort callback is asked before every node of the graph, thousands of times a second, so it must not need
# Python's lock. libc's strlen has the right shape: of an empty text it is 0 (go on), of one character 1 (stop).
_strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)

DECODED, ABORTED = 0, 2


@dataclass(frozen=True, slots=True)
class ContextShape:
    """Sizes of a context: tokens of memory, rows in a batch, sequences, threads."""

    n_ctx: int
    n_batch: int
    n_seq: int
    threads: int


class Context:
    """A llama.cpp context with its reusable batch.

    Attributes:
        shape: the sizes it was made with.
        n_ctx: tokens of memory it really has.
    """

    def __init__(self, model: NativeModel, shape: ContextShape) -> None:
        self.shape = shape
        self._model = model
        params = llama.llama_context_default_params()
        params.n_ctx, params.n_seq_max = shape.n_ctx, shape.n_seq
        params.n_batch = params.n_ubatch = shape.n_batch
        params.n_threads = params.n_threads_batch = shape.threads
        params.kv_unified = True
        params.no_perf = True
        if not model.on_gpu:
            # With flash attention the CPU result depends on how a prompt is cut into batches and on what else lies
            # in the memory; without, it is the same to the bit (measured), which repeatable replies need.
            params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._handle: Any = llama.llama_init_from_model(model.handle, params)
        if not self._handle:
            raise ModelUnusable(f"There is not enough memory for a context of {shape.n_ctx} tokens.")
        self.n_ctx = int(llama.llama_n_ctx(self._handle))
        self._memory: Any = llama.llama_get_memory(self._handle)
        self._batch = _Batch(shape.n_batch)
        self._stop = ctypes.create_string_buffer(2)
        llama.llama_set_abort_callback(self._handle, _strlen, ctypes.cast(self._stop, ctypes.c_void_p))
        self._row: Any = ctypes.c_float * model.n_vocab
        self._adapter: Adapter | None = None

    def close(self) -> None:
        """Frees the context and lets go of its adapter."""
        if self._handle:
            llama.llama_free(self._handle)
            self._handle = None
        if self._adapter:
            self._adapter.release()
            self._adapter = None

    @property
    def adapter_key(self) -> str:
        """The key of the adapter in use, empty for the base model."""
        return self._adapter.key if self._adapter else ""

    def use_adapter(self, adapter: Adapter | None) -> None:
        """Swaps the adapter and forgets everything computed with the old one.

        llama.cpp does not do the latter: https://github.com/ggml-org/llama.cpp/issues/26207
        """
        if adapter:
            adapter.acquire()
        count = 1 if adapter else 0
        handles = (llama.llama_adapter_lora_p_ctypes * 1)(adapter.handle if adapter else None)
        scales = (ctypes.c_float * 1)(1.0)
        if llama.llama_set_adapters_lora(self._handle, handles, count, scales) != 0:
            raise InternalBug("llama.cpp refused to set an adapter")
        self.clear()
        if self._adapter:
            self._adapter.release()
        self._adapter = adapter

    def abort(self) -> None:
        """Ends the decode in progress within milliseconds, or the next one. Any thread."""
        self._stop[0] = b"\x01"

    def begin(self) -> None:
        """Starts filling a new batch."""
        self._batch.n = 0

    def add(self, token: int, position: int, sequence: int, wants_logits: bool) -> int:
        """Adds one row to the batch and returns its index."""
        return self._batch.add(token, position, sequence, wants_logits)

    def decode(self) -> bool:
        """Runs the batch; false when it was aborted, then nothing of it is kept.

        Raises:
            InternalBug: llama.cpp failed; the memory is cleared.
        """
        batch = self._batch
        status = llama.llama_decode(self._handle, batch.struct())
        if status == DECODED:
            return True
        if status != ABORTED:
            self.clear()
            raise InternalBug(f"llama.cpp could not decode a batch of {batch.n} tokens (status {status})")
        self._stop[0] = b"\x00"
        for sequence, position in batch.starts().items():
            self.forget(sequence, position)
        return False

    def logits(self, row: int) -> FloatRow:
        """A view of one flagged row, valid until the next decode."""
        pointer = llama.llama_get_logits_ith(self._handle, row)
        return np.frombuffer(self._row.from_address(ctypes.addressof(pointer.contents)), np.float32)

    def clear(self) -> None:
        """Forgets all sequences."""
        llama.llama_memory_clear(self._memory, True)

    def forget(self, sequence: int, start: int) -> bool:
        """Forgets a sequence from a position on; false (and all of it forgotten) where the model cannot."""
        if llama.llama_memory_seq_rm(self._memory, sequence, start, -1):
            return True
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return False

    def share(self, source: int, target: int) -> None:
        """Lets one sequence start with all that another has; nothing is copied."""
        llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    @property
    def handle(self) -> Any:
        """The C pointer, for the sampler."""
        return self._handle


class _Batch:
    """Arrays that llama.cpp reads in place, one sequence per row."""

    def __init__(self, size: int) -> None:
        self.n = 0
        self._token = (ctypes.c_int32 * size)()
        self._position = (ctypes.c_int32 * size)()
        self._n_sequences = (ctypes.c_int32 * size)(*([1] * size))
        self._sequence = (ctypes.c_int32 * size)()
        self._wants = (ctypes.c_int8 * size)()
        pointer = ctypes.POINTER(ctypes.c_int32)
        start = ctypes.addressof(self._sequence)
        step = ctypes.sizeof(ctypes.c_int32)
        self._rows = (pointer * size)(*(ctypes.cast(ctypes.c_void_p(start + i * step), pointer) for i in range(size)))
        self._struct = llama.llama_batch(
            n_tokens=0,
            token=self._token,
            embd=None,
            pos=self._position,
            n_seq_id=self._n_sequences,
            seq_id=self._rows,
            logits=self._wants,
        )

    def add(self, token: int, position: int, sequence: int, wants_logits: bool) -> int:
        row = self.n
        self._token[row] = token
        self._position[row] = position
        self._sequence[row] = sequence
        self._wants[row] = wants_logits
        self.n = row + 1
        return row

    def struct(self) -> Any:
        self._struct.n_tokens = self.n
        return self._struct

    def starts(self) -> dict[int, int]:
        """The first position of each sequence in the batch."""
        starts: dict[int, int] = {}
        for row in range(self.n):
            sequence, position = self._sequence[row], self._position[row]
            starts[sequence] = min(position, starts.get(sequence, position))
        return starts
