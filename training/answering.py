"""Replies of a version through the policy server: what will be served is what is examined."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from assistant.policy.client import PolicyClient
from training.measures import Reply

AT_ONCE = 8
"""Requests in flight: as many as the server's side lane decodes together."""


def answers(
    client: PolicyClient, prompts: Sequence[Sequence[int]], model: str, max_tokens: int, temperature: float, seed: int
) -> list[Reply]:
    """One reply to each prompt, in order; the n-th is drawn with seed + n."""

    def one(numbered: tuple[int, Sequence[int]]) -> Reply:
        number, ids = numbered
        found = client.complete(
            prompt_token_ids=list(ids), model=model, n=1, temperature=temperature, max_tokens=max_tokens,
            seed=seed + number, exact=False,
        )[0]  # fmt: skip
        return Reply(found.text, tuple(found.token_ids), found.finish_reason == "stop")

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exam") as pool:
        return list(pool.map(one, enumerate(prompts)))
