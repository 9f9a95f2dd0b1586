"""Figures of the policy server, printed as one JSON object: `python -m tests.benchmarks.serving [--repeats N]`.

Pairs of bare loop and server alternate, so that a busy machine slows both; the median over the repeats counts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.bare_loop import BareLoop
from helpers.policy_process import PolicyProcess
from helpers.random_adapter import write_random_adapter

from assistant.paths import DataDir
from assistant.policy.client import PolicyClient, Stream, TextDelta
from assistant.policy.gguf_info import inspect
from assistant.policy.starter import starter_model
from assistant.policy.versions import publish
from assistant.store import Store
from assistant.store.records import NewVersion

STORY = [{"role": "user", "content": "Write a long story about a lighthouse keeper and her dog."}]
SAMPLING = {"temperature": 0.7, "top_p": 0.95}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=160, help="length of a reply")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir.resolve(folder)
        inspect(starter_model(), data)
        versions = [_add_version(data, seed) for seed in (1, 2)]
        start = time.perf_counter()
        server = PolicyProcess.start(data)
        figures: dict[str, Any] = {"ready_s": time.perf_counter() - start}
        try:
            client = server.client
            figures |= speed(client, args.repeats, args.tokens)
            figures |= swap(client, versions, args.repeats)
            figures |= next_turn(client, args.repeats)
            figures |= batches(client)
            figures |= stopping(client, args.repeats)
        finally:
            server.stop()
    figures["load_average"] = os.getloadavg()[0]
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=1))
    return 0


def speed(client: PolicyClient, repeats: int, count: int) -> dict[str, float]:
    """Tokens a second through HTTP streaming with log-probabilities and recording, over the bare loop's."""
    bare = BareLoop(starter_model(), 4096, os.cpu_count() or 1)
    prompt = client.tokenize(STORY)
    pairs = []
    for repeat in range(repeats):
        alone = bare.tokens_per_second(prompt, count, seed=repeat, **SAMPLING)
        pairs.append((_streamed_speed(client, count, repeat), alone))
    ratio = median(served / alone for served, alone in pairs)
    return {
        "tokens_per_s": median(served for served, _ in pairs),
        "bare_tokens_per_s": median(alone for _, alone in pairs),
        "speed_ratio": ratio,
    }


def _streamed_speed(client: PolicyClient, count: int, seed: int) -> float:
    stream = client.stream_chat(STORY, max_tokens=count, seed=seed, **SAMPLING)
    stream.headers["X-Session-Id"] = f"bench-{seed}"
    start, tokens = 0.0, 0
    for event in stream:
        start = start or time.perf_counter()
        if not isinstance(event, TextDelta):
            tokens = len(event.token_ids)
            assert len(event.logprobs) == tokens
    return (tokens - 1) / (time.perf_counter() - start)


def swap(client: PolicyClient, versions: list[int], repeats: int) -> dict[str, float]:
    """From the request for another version to its being in use; the first time reads the file."""
    first = [_timed(lambda version=version: client.use_version(version)) for version in versions]
    again = [_timed(lambda version=version: client.use_version(version)) for version in versions * repeats]
    client.use_version(0)
    return {"swap_first_ms": 1000 * median(first), "swap_again_ms": 1000 * median(again)}


def next_turn(client: PolicyClient, repeats: int) -> dict[str, float]:
    """First token of the second turn of a long conversation, over that of the same prompt read afresh."""
    ratios = []
    for repeat in range(max(1, repeats // 2)):
        talk = [{"role": "user", "content": f"Story {repeat}. " + "The dog ran down to the sea. " * 240}]
        text = "".join(e.text for e in client.stream_chat(talk, max_tokens=40) if isinstance(e, TextDelta))
        more = [*talk, {"role": "assistant", "content": text}, {"role": "user", "content": "And then?"}]
        warm = _first_token(client.stream_chat(more, max_tokens=4))
        _first_token(client.stream_chat(STORY, max_tokens=2))
        cold = _first_token(client.stream_chat(more, max_tokens=4))
        ratios.append(warm / cold)
    return {"turn_2_ratio": median(ratios), "conversation_tokens": len(client.tokenize(more))}


def batches(client: PolicyClient) -> dict[str, float]:
    """Tokens a second of the side lane: one after the other, 32 at once, and 8 samples of one prompt."""
    prompts = [client.tokenize([{"role": "user", "content": f"Tell me about the number {i}."}]) for i in range(32)]

    def one(prompt: list[int]) -> int:
        return len(client.complete(prompt_token_ids=prompt, max_tokens=48, **SAMPLING)[0].token_ids)

    single = _rate(lambda: sum(one(prompt) for prompt in prompts[:6]))
    with ThreadPoolExecutor(32) as pool:
        many = _rate(lambda: sum(pool.map(one, prompts)))
    samples = _rate(
        lambda: sum(
            len(c.token_ids) for c in client.complete(prompt_token_ids=prompts[0], n=8, max_tokens=48, **SAMPLING)
        )
    )
    return {
        "single_tokens_per_s": single,
        "batch_tokens_per_s": many,
        "batch_speed_up": many / single,
        "samples_speed_up": samples / single,
    }


def stopping(client: PolicyClient, repeats: int) -> dict[str, float]:
    """From cancelling to the end of the stream, while the prompt is read."""
    times = []
    for repeat in range(repeats):
        stream = client.stream_chat([{"role": "user", "content": f"{repeat} " + "word " * 2500}], max_tokens=4)
        pressed = [0.0]

        def press(stream: Stream = stream, pressed: list[float] = pressed) -> None:
            pressed[0] = time.perf_counter()
            stream.cancel()

        timer = threading.Timer(0.3, press)
        timer.start()
        list(stream)
        times.append(time.perf_counter() - pressed[0])
        timer.join()
    return {"stop_in_prompt_ms": 1000 * median(times)}


def _add_version(data: DataDir, seed: int) -> int:
    info = inspect(starter_model(), data)
    file = data.runs / f"{seed}.gguf"
    write_random_adapter(file, info.path, seed=seed, rank=16, strength=0.02, all_linear=True)
    with Store.open(data) as store:
        version = store.versions.add(NewVersion(info.sha256, 0, None, "", {}, 16, 16.0))
    publish(data, version.id, {"adapter.gguf": file}, {"model_hash": info.sha256})
    return version.id


def _first_token(stream: Stream) -> float:
    start, first = time.perf_counter(), 0.0
    for _ in stream:
        first = first or time.perf_counter() - start
    return first


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rate(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    return work() / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
