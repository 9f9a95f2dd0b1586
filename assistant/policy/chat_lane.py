"""The chat lane: one conversation at a time, first in line, with the prompt's beginning kept between turns.

The memory is keyed by the adapter; a swap clears it.
"""

from __future__ import annotations

import logging

from assistant.errors import MenteeError
from assistant.policy.context import Context, ContextShape
from assistant.policy.faults import log_fault
from assistant.policy.generation import Failed, FinishReason, Generation, Request
from assistant.policy.native import NativeModel
from assistant.policy.sampling import RawLogProbs

log = logging.getLogger("mentee.policy.chat")

PREFILL_CHUNK = 128
"""Prompt tokens a batch. Batches start at multiples of it, see `reusable`."""


def reusable(cached: list[int], prompt: list[int], exact_upto: int, exact: bool) -> int:
    """How many leading tokens of the prompt need not be computed again.

    At least one token is left, since its logits are needed; two where possible, since a batch of one is computed by
    other kernels than a longer one. An exact request may only keep what a cold start would have computed in the very
    same batches: whole chunks of prompt, no token that was decoded one by one.

    Args:
        cached: tokens in the memory.
        exact_upto: how many of them were computed in whole, aligned chunks.
    """
    limit = min(len(cached), max(len(prompt) - 2, 0))
    same = next((i for i in range(limit) if cached[i] != prompt[i]), limit)
    if not exact:
        return same
    return min(same // PREFILL_CHUNK * PREFILL_CHUNK, exact_upto)


class ChatLane:
    """Answers requests one after the other. Lives on the worker's thread, except `interrupt`.

    Attributes:
        prefilled_tokens: prompt tokens computed since the start; what the cache saved is missing here.
    """

    def __init__(self, model: NativeModel, n_ctx: int, threads: int) -> None:
        self._model = model
        self.context = Context(model, ContextShape(n_ctx, PREFILL_CHUNK + 1, 1, threads))
        self.prefilled_tokens = 0
        self._probs = RawLogProbs(model.n_vocab)
        self._cached: list[int] = []
        self._exact_upto = 0

    def interrupt(self) -> None:
        """Ends the batch in progress; whether the reply goes on depends on the request. Any thread."""
        self.context.abort()

    def close(self) -> None:
        """Frees the context."""
        self.context.close()

    def answer(self, request: Request) -> None:
        """Writes one reply; its listener is told of every fault, none leaves."""
        try:
            self._generate(request)
        except MenteeError as problem:
            self._forget_all()
            request.listen(Failed(problem))
        except Exception as problem:
            # The lane must outlive any one request; the fault is logged and told to the one who asked.
            log_fault(log, "a chat request failed", problem)
            self._forget_all()
            request.listen(Failed(problem))
        finally:
            if request.adapter:
                request.adapter.release()

    def _generate(self, request: Request) -> None:
        if self.context.adapter_key != request.adapter_key:
            self._forget_all()
            self.context.use_adapter(request.adapter)
        generation = Generation.start(request, 0, self._model)
        row = self._prefill(request, generation)
        reason: FinishReason | None = "cancelled" if row is None else None
        while reason is None and row is not None:
            reason = generation.draw(self.context, row, self._probs)
            if reason is None:
                reason, row = self._advance(generation)
        generation.finish(reason or "cancelled")

    def _prefill(self, request: Request, generation: Generation) -> int | None:
        """Computes the prompt; the row of its last token, None when cancelled."""
        prompt = request.prompt
        start = reusable(self._cached, prompt, self._exact_upto, request.exact)
        if start < len(self._cached) and not self.context.forget(0, start):
            start = 0
        del self._cached[start:]
        self._exact_upto = min(self._exact_upto, start)
        row = None
        while start < len(prompt):
            end = min(len(prompt), (start // PREFILL_CHUNK + 1) * PREFILL_CHUNK)
            if len(prompt) - end == 1:
                end += 1
            row = self._decode_prompt(request, start, end)
            if row is None:
                return None
            generation.prefilled += end - start
            self.prefilled_tokens += end - start
            start = end
        return row

    def _decode_prompt(self, request: Request, start: int, end: int) -> int | None:
        context, row = self.context, 0
        while not request.cancelled:
            context.begin()
            for position in range(start, end):
                row = context.add(request.prompt[position], position, 0, position == len(request.prompt) - 1)
            if context.decode():
                if self._exact_upto == start and end - start == PREFILL_CHUNK:
                    self._exact_upto = end
                self._cached.extend(request.prompt[start:end])
                return row
        return None

    def _advance(self, generation: Generation) -> tuple[FinishReason | None, int | None]:
        """Decodes the token just drawn."""
        context = self.context
        if generation.position >= context.n_ctx:
            return "length", None
        while not generation.request.cancelled:
            context.begin()
            row = context.add(generation.next_token, generation.position, 0, True)
            if context.decode():
                self._cached.append(generation.next_token)
                generation.position += 1
                return None, row
        return "cancelled", None

    def _forget_all(self) -> None:
        self.context.clear()
        self._cached.clear()
        self._exact_upto = 0
