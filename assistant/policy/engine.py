"""The engine: one loaded model, its adapters, the chat lane and the side lane.

Knows nothing of HTTP, of the database, or of which version is the active one.
"""

from __future__ import annotations

from assistant.errors import BadInput
from assistant.policy.adapters_live import AdapterShelf
from assistant.policy.chat_lane import ChatLane
from assistant.policy.generation import Request
from assistant.policy.gguf_info import ModelInfo
from assistant.policy.native import NativeModel, available_threads
from assistant.policy.sampling import Sampler, SamplerSettings
from assistant.policy.side_lane import SideLane
from assistant.policy.side_tasks import PromptTask, ScoreTask
from assistant.policy.template import ChatTemplate
from assistant.policy.worker import Worker


class ContextTooLong(BadInput):
    """The prompt does not fit."""

    code = "context_length_exceeded"


class Engine:
    """Everything that computes.

    Attributes:
        info: the model file.
        model: vocabulary and weights.
        template: renders chat prompts.
        adapters: the loaded adapters.
        n_ctx: tokens that prompt and reply may have together.
    """

    def __init__(self, info: ModelInfo, *, context_tokens: int, threads: int = 0) -> None:
        self.info = info
        self.template = ChatTemplate.from_gguf(info.path)
        self.model = NativeModel(info.path)
        self.adapters = AdapterShelf(self.model, info.sha256)
        count = available_threads(threads)
        self.n_ctx = min(context_tokens, self.model.n_ctx_train)
        self.chat = ChatLane(self.model, self.n_ctx, count)
        self.side = SideLane(self.model, self.n_ctx, count)
        self._worker = Worker(self.chat, self.side)

    def close(self) -> None:
        """Ends the lanes, then frees adapters, then the model."""
        self._worker.close()
        self.adapters.close()
        self.model.close()

    def room_for(self, prompt: list[int], max_tokens: int | None) -> int:
        """How many tokens a reply may have.

        Raises:
            ContextTooLong: the prompt leaves no room for a reply.
            BadInput: an empty prompt or ids outside the vocabulary.
        """
        if not prompt or not self.model.check_tokens(prompt):
            raise BadInput("The prompt is empty or holds token ids outside the vocabulary.")
        room = self.n_ctx - len(prompt)
        if room < 1:
            raise ContextTooLong(
                f"The prompt has {len(prompt)} tokens; this model is run with a context of {self.n_ctx}."
            )
        return room if max_tokens is None else min(max_tokens, room)

    def check_grammar(self, grammar: str) -> None:
        """Whether llama.cpp can parse a grammar.

        Raises:
            BadInput: it cannot.
        """
        Sampler(self.model, SamplerSettings(temperature=0, top_p=1, seed=0), grammar).close()

    def end_of_turn(self) -> list[int]:
        """The token that ends a reply in this model's chat format, empty where it has none."""
        messages = [{"role": "user", "content": "."}, {"role": "assistant", "content": "END"}]
        text = self.template.render(messages, add_generation_prompt=False)
        tail = self.model.tokenize(text.rpartition("END")[2])
        return [token for token in tail if self.model.is_end(token)][:1]

    def submit(self, request: Request, *, chat: bool) -> None:
        """Starts answering; the request's adapter must be held for it."""
        if chat:
            self._worker.submit_chat(request)
        else:
            self._worker.submit_side([PromptTask(request)])

    def check_score(self, tokens: list[int], first: int) -> None:
        """Whether a sequence can be scored.

        Raises:
            BadInput: ids outside the vocabulary, `first` outside 1..len(tokens), or too long.
        """
        if not self.model.check_tokens(tokens) or not 1 <= first <= len(tokens):
            raise BadInput("Each sequence needs token ids of the vocabulary and a `from` between 1 and its length.")
        if len(tokens) > self.n_ctx:
            raise ContextTooLong(f"A sequence has {len(tokens)} tokens; the context is {self.n_ctx}.")

    def score(self, tasks: list[ScoreTask]) -> None:
        """Starts scoring."""
        self._worker.submit_side([*tasks])
