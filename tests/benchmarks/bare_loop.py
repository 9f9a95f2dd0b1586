"""The fastest loop one can write over llama.cpp: decode, sample, decode. What serving is measured against.

No text, no log-probabilities, no HTTP; the library's own defaults.
"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama


class BareLoop:
    """One model, one context, one sampler chain."""

    def __init__(self, path: Path, n_ctx: int, threads: int) -> None:
        self._log = llama.llama_log_callback(lambda *_: None)
        llama.llama_log_set(self._log, ctypes.c_void_p(0))
        llama.llama_backend_init()
        self._model = llama.llama_model_load_from_file(os.fsencode(path), llama.llama_model_default_params())
        params = llama.llama_context_default_params()
        params.n_ctx, params.n_threads, params.n_threads_batch, params.no_perf = n_ctx, threads, threads, True
        self._context = llama.llama_init_from_model(self._model, params)
        self._vocab = llama.llama_model_get_vocab(self._model)

    def tokens_per_second(self, prompt: list[int], count: int, temperature: float, top_p: float, seed: int) -> float:
        """Speed after the first token, until `count` tokens or the end of the reply."""
        chain = self._chain(temperature, top_p, seed)
        llama.llama_memory_clear(llama.llama_get_memory(self._context), True)
        buffer = (ctypes.c_int32 * len(prompt))(*prompt)
        llama.llama_decode(self._context, llama.llama_batch_get_one(buffer, len(prompt)))
        token = llama.llama_sampler_sample(chain, self._context, -1)
        one = (ctypes.c_int32 * 1)(token)
        done = 1
        start = time.perf_counter()
        while done < count and not llama.llama_vocab_is_eog(self._vocab, one[0]):
            llama.llama_decode(self._context, llama.llama_batch_get_one(one, 1))
            one[0] = llama.llama_sampler_sample(chain, self._context, -1)
            done += 1
        seconds = time.perf_counter() - start
        llama.llama_sampler_free(chain)
        return (done - 1) / seconds

    @staticmethod
    def _chain(temperature: float, top_p: float, seed: int) -> Any:
        params = llama.llama_sampler_chain_default_params()
        params.no_perf = True
        chain = llama.llama_sampler_chain_init(params)
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_temp(temperature))
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_top_p(top_p, 1))
        llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_dist(seed))
        return chain
