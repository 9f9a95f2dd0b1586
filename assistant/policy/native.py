"""The loaded model: weights, vocabulary, tokenisation. The lowest layer over llama.cpp.

Only the low-level bindings are used. Vocabulary functions may be called from any thread; the weights are read-only.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.errors import InternalBug, ModelUnusable
from assistant.threads import wait_politely

wait_politely()
import llama_cpp.llama_cpp as llama  # noqa: E402

log = logging.getLogger("mentee.policy.llama")

_GGML_ERROR = 3
_start = threading.Lock()
_started = False


def _on_log(level: int, text: bytes, _user_data: object) -> None:
    if level == _GGML_ERROR:
        # Routine among them: every aborted batch is reported as an error.
        log.info("llama.cpp: %s", text.decode("utf-8", errors="replace").strip())


# NOTE: llama.cpp keeps this pointer for the life of the process, so it must never be collected.
_log_callback = llama.llama_log_callback(_on_log)


def start_backend() -> None:
    """Starts llama.cpp once in this process and sends its error lines to our log."""
    global _started
    with _start:
        if not _started:
            llama.llama_log_set(_log_callback, ctypes.c_void_p(0))
            llama.llama_backend_init()
            _started = True


def available_threads(setting: int) -> int:
    """The number of threads to compute with; 0 means one per core this process may use."""
    if setting > 0:
        return setting
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, usable or 1)


class NativeModel:
    """One model file loaded by llama.cpp.

    Attributes:
        handle: the C pointer.
        n_vocab: entries of the vocabulary.
        n_ctx_train: tokens it was trained for.
    """

    def __init__(self, path: Path) -> None:
        start_backend()
        self.path = path
        self.handle: Any = llama.llama_model_load_from_file(os.fsencode(path), llama.llama_model_default_params())
        if not self.handle:
            raise ModelUnusable(f"llama.cpp cannot load {path}.")
        self.vocab: Any = llama.llama_model_get_vocab(self.handle)
        self.n_vocab = int(llama.llama_vocab_n_tokens(self.vocab))
        self.n_ctx_train = int(llama.llama_model_n_ctx_train(self.handle))
        self._pieces: dict[int, bytes] = {}

    def close(self) -> None:
        """Frees the weights; contexts and adapters must be freed before."""
        if self.handle:
            llama.llama_model_free(self.handle)
            self.handle = None

    @property
    def on_gpu(self) -> bool:
        """Whether llama.cpp was built to offload layers."""
        return bool(llama.llama_supports_gpu_offload())

    def is_end(self, token: int) -> bool:
        """Whether the token ends a reply."""
        return bool(llama.llama_vocab_is_eog(self.vocab, token))

    def tokenize(self, text: str, *, add_special: bool = False, parse_special: bool = True) -> list[int]:
        """Token ids of a text, exactly as llama.cpp cuts it."""
        raw = text.encode("utf-8", errors="surrogatepass")
        room = len(raw) + 8
        while True:
            buffer = (ctypes.c_int32 * room)()
            count = llama.llama_tokenize(self.vocab, raw, len(raw), buffer, room, add_special, parse_special)
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def tokenize_prompt(self, text: str) -> list[int]:
        """Token ids of a rendered chat prompt: exactly one leading BOS where the model wants one."""
        tokens = self.tokenize(text, add_special=False, parse_special=True)
        bos = int(llama.llama_vocab_bos(self.vocab))
        if bool(llama.llama_vocab_get_add_bos(self.vocab)) and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        return tokens

    def piece(self, token: int, special: bool = False) -> bytes:
        """The bytes a token stands for; control tokens are empty unless `special`."""
        key = -token - 1 if special else token
        known = self._pieces.get(key)
        if known is None:
            known = self._pieces[key] = self._read_piece(token, special)
        return known

    def detokenize(self, tokens: Sequence[int], special: bool = True) -> str:
        """The text of some ids; bytes that are no valid UTF-8 become U+FFFD."""
        return b"".join(self.piece(token, special) for token in tokens).decode("utf-8", errors="replace")

    def check_tokens(self, tokens: Sequence[int]) -> bool:
        """Whether all ids lie in the vocabulary (llama.cpp itself would fail in the middle of a batch)."""
        return all(0 <= token < self.n_vocab for token in tokens)

    def _read_piece(self, token: int, special: bool) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = llama.llama_token_to_piece(self.vocab, token, buffer, room, 0, special)
            if count >= 0:
                return bytes(buffer.raw[:count])
            if count == -room:
                raise InternalBug(f"token {token} has no piece")
            room = -count
