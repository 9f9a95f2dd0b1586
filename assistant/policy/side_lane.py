"""The side lane: many short requests at once (titles, practice, judge, exam), computed in common batches.

Continuous batching: every step decodes one token of each running sample and fills the batch up with prompts. All
sequences of a step use the same adapter; requests for another one wait. The context is made at the first request.
"""

from __future__ import annotations

from collections import deque

from assistant.policy.chat_lane import PREFILL_CHUNK
from assistant.policy.context import Context, ContextShape, FloatRow
from assistant.policy.generation import Failed, Finished, FinishReason, Generation
from assistant.policy.native import NativeModel
from assistant.policy.sampling import RawLogProbs
from assistant.policy.side_tasks import PromptTask, ScoreTask, Task

WRITING = 8
"""Samples written at once."""
READING = 8
"""Prompts in the memory at once."""


class SideLane:
    """Answers many requests at once. Lives on the worker's thread, except `add` and `interrupt`.

    Attributes:
        steps: batches computed since the start.
        prefilled_tokens: prompt tokens computed since the start.
    """

    def __init__(self, model: NativeModel, n_ctx: int, threads: int) -> None:
        self._model = model
        self._shape = ContextShape(n_ctx, PREFILL_CHUNK + 1, WRITING + READING, threads)
        self._context: Context | None = None
        self._probs = RawLogProbs(model.n_vocab)
        self.steps = self.prefilled_tokens = 0
        self._queue: deque[Task] = deque()
        self._active: list[Task] = []
        self._free_writing = list(range(WRITING))
        self._free_reading = list(range(WRITING, WRITING + READING))
        self._reserved = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._queue or self._active)

    def add(self, tasks: list[Task]) -> None:
        """Queues work. Any thread."""
        for task in tasks:
            if isinstance(task, PromptTask):
                task.request.on_cancel = self.interrupt
        self._queue.extend(tasks)

    def interrupt(self) -> None:
        """Ends the step in progress; it is repeated later. Any thread."""
        if context := self._context:
            context.abort()

    def close(self) -> None:
        """Cancels what is left and frees the context."""
        self.give_up(None)
        if self._context:
            self._context.close()

    def step(self) -> None:
        """Takes what fits from the queue and computes one batch."""
        context = self._context = self._context or Context(self._model, self._shape)
        self._admit(context)
        self._drop_cancelled(context)
        if self._active:
            self._compute(context)

    def _admit(self, context: Context) -> None:
        """Takes as many waiting tasks as fit, in order, so that none waits for ever."""
        while self._queue and self._free_reading:
            task = self._queue[0]
            key = task.adapter.key if task.adapter else ""
            alone = task.exact or any(active.exact for active in self._active) or key != context.adapter_key
            if self._active and (alone or self._reserved + task.need > context.n_ctx):
                return
            if not self._active:
                context.clear()
                if key != context.adapter_key:
                    context.use_adapter(task.adapter)
            self._queue.popleft()
            task.sequence, task.reserved = self._free_reading.pop(), task.need
            self._reserved += task.reserved
            self._active.append(task)

    def _compute(self, context: Context) -> None:
        context.begin()
        written: list[tuple[PromptTask, Generation, int]] = []
        read: list[tuple[Task, int, list[tuple[int, int]]]] = []
        rows = 0
        for task in self._active:
            for generation in task.live if isinstance(task, PromptTask) else ():
                row = context.add(generation.next_token, generation.position, generation.sequence, True)
                written.append((task, generation, row))  # type: ignore[arg-type]
                rows += 1
        for task in self._active:
            end = self._read_upto(task, PREFILL_CHUNK - rows)
            if end > task.done:
                read.append((task, end, self._add_prompt(context, task, end)))
                rows += end - task.done
        if rows and not context.decode():
            return
        self.steps += 1
        for owner, generation, row in written:
            generation.position += 1
            self._after(context, owner, generation, generation.draw(context, row, self._probs))
        for task, end, wanted in read:
            self._finish_reading(task, end, wanted, context)
        self._start_samples(context)
        self._retire(context)

    @staticmethod
    def _read_upto(task: Task, room: int) -> int:
        """Where the next piece of a prompt ends; aligned as in the chat lane when it has to be exact."""
        total = len(task.tokens)
        end = min(total, task.done + max(room, 0))
        if task.exact:
            end = min(total, (task.done // PREFILL_CHUNK + 1) * PREFILL_CHUNK)
        # A batch of one row is computed by other kernels; the context has room for one more.
        return total if total - end == 1 and end > task.done else end

    @staticmethod
    def _add_prompt(context: Context, task: Task, end: int) -> list[tuple[int, int]]:
        wanted, tokens = [], task.tokens
        for position in range(task.done, end):
            wants = task.wants(position)
            row = context.add(tokens[position], position, task.sequence, wants)
            if wants:
                wanted.append((position, row))
        return wanted

    def _finish_reading(self, task: Task, end: int, wanted: list[tuple[int, int]], context: Context) -> None:
        self.prefilled_tokens += end - task.done
        task.done = end
        for position, row in wanted:
            task.take(position, context.logits(row), self._probs)

    def _start_samples(self, context: Context) -> None:
        for task in self._active:
            if not isinstance(task, PromptTask):
                continue
            while task.last is not None and task.started < task.request.n and self._free_writing:
                extra = task.request.max_tokens if task.live else 0
                if self._reserved + extra > context.n_ctx:
                    break
                self._reserved += extra
                task.reserved += extra
                self._start_sample(context, task, task.last)

    def _start_sample(self, context: Context, task: PromptTask, last: FloatRow) -> None:
        generation = Generation.start(task.request, task.started, self._model)
        generation.sequence = self._free_writing.pop()
        generation.prefilled = len(task.tokens) if task.started == 0 else 0
        context.share(task.sequence, generation.sequence)
        task.started += 1
        task.live.append(generation)
        self._after(context, task, generation, generation.draw_from(last, self._probs))

    def _after(self, context: Context, task: PromptTask, generation: Generation, reason: FinishReason | None) -> None:
        if reason is None:
            return
        task.live.remove(generation)
        context.forget(generation.sequence, 0)
        self._free_writing.append(generation.sequence)
        spare = task.request.max_tokens if task.live else 0
        task.reserved -= spare
        self._reserved -= spare
        generation.finish(reason)

    def _retire(self, context: Context) -> None:
        for task in [task for task in self._active if task.finished]:
            self._remove(context, task)
            if isinstance(task, ScoreTask):
                task.listen(task.scores)

    def _remove(self, context: Context, task: Task) -> None:
        self._active.remove(task)
        context.forget(task.sequence, 0)
        self._free_reading.append(task.sequence)
        self._reserved -= task.reserved
        if task.adapter:
            task.adapter.release()

    def _drop_cancelled(self, context: Context) -> None:
        for task in list(self._active):
            if isinstance(task, PromptTask) and task.request.cancelled:
                for generation in list(task.live):
                    self._after(context, task, generation, "cancelled")
                self._remove(context, task)
                _report_unstarted(task)

    def give_up(self, problem: Exception | None) -> None:
        """Ends what is in the batch after a fault, or everything (None: the program ends)."""
        doomed = list(self._active)
        if problem is None:
            doomed += self._queue
            self._queue.clear()
        elif not doomed and self._queue:
            doomed.append(self._queue.popleft())  # the first one could not even be begun
        for task in doomed:
            _end(task, problem)
        if self._context:
            self._context.clear()
        self._active.clear()
        self._free_writing = list(range(WRITING))
        self._free_reading = list(range(WRITING, WRITING + READING))
        self._reserved = 0


def _end(task: Task, problem: Exception | None) -> None:
    if isinstance(task, ScoreTask):
        task.listen(problem or RuntimeError("the server is stopping"))
    elif problem:
        for generation in task.live:
            generation.sampler.close()
        task.request.listen(Failed(problem))
    else:
        for generation in task.live:
            generation.finish("cancelled")
        _report_unstarted(task)
    if task.adapter:
        task.adapter.release()


def _report_unstarted(task: PromptTask) -> None:
    for index in range(task.started, task.request.n):
        task.request.listen(Finished(index, "", [], [], "cancelled", 0))
