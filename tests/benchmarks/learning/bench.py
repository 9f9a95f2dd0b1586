"""The workbench of all arms: a policy server for tokens and texts, and the torch model that writes and is trained.

Owns loading, sampling and putting adapters in. Knows neither users nor arms.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import LoraLayer

from assistant import settings as settings_file
from assistant.conversation.prompting import with_instructions
from assistant.paths import DataDir
from assistant.policy import gguf_info
from assistant.policy.client import PolicyClient
from assistant.policy.supervisor import connect_or_start
from training import lora
from training.base_model import load_dense
from training.prompts import drawn
from training.rows import Row
from training.sampler import Sample, Sampling, sample
from training.worker import served_model

REPLAY_PROMPTS = 16
REPLAY_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as text and as token ids, the end-of-turn token included where it came."""

    text: str
    token_ids: tuple[int, ...]


@dataclass(slots=True)
class Bench:
    """See the module.

    Attributes:
        client: of a running server.
        model: peft model on the served file's dense weights.
        sha256: of that file.
    """

    client: PolicyClient
    model: Any
    sha256: str
    end: list[int]
    _tokens: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = field(default_factory=dict)

    def tokens(self, said: str, told: Sequence[str] = ()) -> tuple[int, ...]:
        """The prompt that a message becomes, with standing instructions where the program puts them."""
        key = (said, tuple(told))
        if key not in self._tokens:
            messages = with_instructions([{"role": "user", "content": said}], list(told))
            self._tokens[key] = tuple(self.client.tokenize(messages))
        return self._tokens[key]

    def answers(self, prompts: Sequence[Sequence[int]], seed: int, limit: int, *, adapter: bool) -> list[Answer]:
        """One reply to each prompt; the same seed and prompts draw the same numbers in every arm."""
        found = sample(self.model, prompts, self.end, Sampling(max_tokens=limit, seed=seed), adapter=adapter)
        return [Answer(self._text(one), tuple(one.token_ids)) for one in found]

    def _text(self, one: Sample) -> str:
        return self.client.detokenize([token for token in one.token_ids if token not in self.end])

    def fresh(self, seed: int) -> None:
        """Puts an adapter in that does nothing yet."""
        torch.manual_seed(seed)
        for module in self.model.modules():
            if isinstance(module, LoraLayer):
                module.reset_lora_parameters("default", init_lora_weights=True)

    def put_in(self, trained: Path) -> None:
        """Puts the adapter of a version in."""
        lora.load(self.model, trained)

    def replay(self, seed: int) -> list[Row]:
        """Replies of the base to generic prompts with a wish of their own, to hold a training to the base."""
        prompts = [self.tokens(one.text) for one in drawn("practice", seed + 1, contrast=True)[:REPLAY_PROMPTS]]
        written = self.answers(prompts, seed, REPLAY_TOKENS, adapter=False)
        return [Row("replay", ids, ids, one.token_ids) for ids, one in zip(prompts, written, strict=True)]


def prepared(data: DataDir, model: Path | None, tokens: int) -> None:
    """Settings of a data directory: the model to serve, and the longest reply."""
    settings = settings_file.load(data)[0].with_value("chat", "max_tokens", tokens)
    if model:
        settings = settings.with_value("serving", "model", str(model.resolve()))
    settings_file.save(data, settings)


@contextmanager
def workbench(model: Path | None) -> Iterator[Bench]:
    """A server of its own with the model file, None for the starter model, and its weights in torch."""
    with tempfile.TemporaryDirectory(prefix="mentee-bench-") as folder:
        data = DataDir.resolve(folder)
        prepared(data, model, 96)
        with connect_or_start(data) as client:
            info = gguf_info.inspect(served_model(data), data)
            base = load_dense(info.path, info.sha256, data, torch.float32)
            yield Bench(client, lora.attach(base), info.sha256, client.end_of_turn())
