"""What the lanes promise: exact repeats, shared work, quick stops. Counted in tokens, never in seconds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from helpers.policy_process import PolicyProcess

from assistant.policy.client import Completion, Finished, PolicyClient, TextDelta

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg?"}]
LONG = [{"role": "user", "content": "Tell me about these eggs: " + "egg, " * 1000}]


def greedy(client: PolicyClient, messages: list[dict[str, str]], **options: object) -> Completion:
    return client.complete(messages, **{"temperature": 0, "max_tokens": 16, **options})[0]


def streamed(client: PolicyClient, messages: list[dict[str, str]], **options: object) -> tuple[str, Finished]:
    text, end = "", None
    with client.stream_chat(messages, **options) as stream:
        for event in stream:
            if isinstance(event, TextDelta):
                text += event.text
            else:
                end = event
    assert end is not None
    return text, end


def test_greedy_is_the_same_in_both_lanes_and_however_often(client: PolicyClient) -> None:
    first = greedy(client, EGG, turn_type="main")
    assert greedy(client, EGG, turn_type="main") == first
    assert greedy(client, EGG, turn_type="side") == first
    text, end = streamed(client, EGG, temperature=0, max_tokens=16)
    assert (text, end.token_ids, end.logprobs) == (first.text, first.token_ids, first.logprobs)


def test_greedy_is_the_same_with_a_warm_memory(client: PolicyClient) -> None:
    """A second turn reuses what the first computed and still says what a cold server would say."""
    question = [{"role": "user", "content": "Tell me about boiling eggs. " * 30}]
    first = greedy(client, question, turn_type="main")
    more = [*question, {"role": "assistant", "content": first.text}, {"role": "user", "content": "And pans?"}]
    warm = greedy(client, more, turn_type="main")
    greedy(client, EGG, turn_type="main")
    assert greedy(client, more, turn_type="main") == warm
    assert greedy(client, more, turn_type="side") == warm


def test_a_seed_repeats_a_reply(client: PolicyClient) -> None:
    replies = [
        client.complete(EGG, turn_type="main", temperature=1.0, max_tokens=12, seed=seed)[0].token_ids
        for seed in (7, 7, 8)
    ]
    assert replies[0] == replies[1] != replies[2]


def test_many_exact_requests_at_once_equal_one_by_one(client: PolicyClient) -> None:
    prompts = [[{"role": "user", "content": f"Say something about the number {i}."}] for i in range(6)]
    alone = [greedy(client, prompt, max_tokens=8) for prompt in prompts]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda prompt: greedy(client, prompt, max_tokens=8), prompts))
    assert together == alone


def test_a_batch_does_not_mix_its_sequences(served: PolicyProcess, client: PolicyClient) -> None:
    """Every reply of a common batch is scored alone: were rows or memories mixed up, the two would be far apart."""
    prompts = [client.tokenize([{"role": "user", "content": f"What is {i} plus {i}?"}]) for i in range(12)]

    def one(prompt: list[int]) -> Completion:
        return client.complete(prompt_token_ids=prompt, temperature=0.8, max_tokens=16)[0]

    before = served.counter("side_steps")
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(one, prompts))
    steps = served.counter("side_steps") - before
    assert steps < sum(len(reply.token_ids) for reply in replies) / 2
    scores = client.score("mentee", [(p + r.token_ids, len(p)) for p, r in zip(prompts, replies, strict=True)])
    for reply, score in zip(replies, scores, strict=True):
        gaps = [abs(a - b) for a, b in zip(reply.logprobs, score, strict=True)]
        assert sum(gaps) / len(gaps) < 0.2


def test_samples_of_one_request_share_the_prompt(served: PolicyProcess, client: PolicyClient) -> None:
    prompt = client.tokenize([{"role": "user", "content": "Tell me a joke about ducks."}])
    before = served.counter("side_prefilled_tokens")
    replies = client.complete(prompt_token_ids=prompt, n=10, temperature=1.0, max_tokens=8)
    assert served.counter("side_prefilled_tokens") - before == len(prompt)
    assert len(replies) == 10
    assert len({tuple(reply.token_ids) for reply in replies}) > 1


def test_scores_equal_what_was_recorded(client: PolicyClient) -> None:
    prompt = client.tokenize(EGG)
    reply = greedy(client, EGG)
    whole, tail = client.score("mentee:0", [(prompt + reply.token_ids, 1), (prompt + reply.token_ids, len(prompt))])
    assert len(whole) == len(prompt) + len(reply.token_ids) - 1
    assert tail == pytest.approx(whole[len(prompt) - 1 :], abs=1e-4)
    assert sum(abs(a - b) for a, b in zip(tail, reply.logprobs, strict=True)) / len(tail) < 0.2


def test_the_next_turn_computes_only_what_is_new(served: PolicyProcess, client: PolicyClient) -> None:
    talk = [{"role": "user", "content": "Here is a story. " * 60 + "What happens next?"}]
    text, end = streamed(client, talk, temperature=0.7, max_tokens=12)
    talk += [{"role": "assistant", "content": text}, {"role": "user", "content": "And then?"}]
    prompt = client.tokenize(talk)
    before = served.counter("chat_prefilled_tokens")
    _, second = streamed(client, talk, temperature=0.7, max_tokens=2)
    computed = served.counter("chat_prefilled_tokens") - before
    assert second.prompt_token_ids == prompt
    known = len(end.prompt_token_ids)
    assert computed <= len(prompt) - known
    assert computed < 40 < known


def test_a_cancelled_reply_keeps_what_was_written(client: PolicyClient) -> None:
    text, end = "", None
    with client.stream_chat(EGG, temperature=0.7, max_tokens=400, min_p=0.0, logit_bias={"2": -100}) as stream:
        for event in stream:
            if isinstance(event, TextDelta):
                text += event.text
                stream.cancel()
            else:
                end = event
    assert end is not None
    assert end.finish_reason == "cancelled"
    assert 0 < len(end.token_ids) < 400
    assert len(end.logprobs) == len(end.token_ids)
    assert client.detokenize(end.token_ids) == text


def test_stop_while_the_prompt_is_read(served: PolicyProcess, client: PolicyClient) -> None:
    prompt = client.tokenize(LONG)
    before = served.counter("chat_prefilled_tokens")
    stream = client.stream_chat(LONG, max_tokens=8)
    waiting = threading.Timer(0.05, stream.cancel)
    waiting.start()
    events = list(stream)
    waiting.join()
    assert [event.finish_reason for event in events if isinstance(event, Finished)] == ["cancelled"]
    assert len(events) == 1
    assert served.counter("chat_prefilled_tokens") - before < len(prompt)


def test_a_client_that_goes_away_stops_the_work(served: PolicyProcess, client: PolicyClient) -> None:
    headers = {"Authorization": f"Bearer {served.hello['token']}", "X-Turn-Type": "main"}
    body = {"messages": EGG, "max_tokens": 3000, "stream": True, "logit_bias": {"2": -100}}
    url = served.hello["url"] + "/v1/chat/completions"
    with httpx.stream("POST", url, json=body, headers=headers) as response:
        next(response.iter_raw())
    # The chat lane is free again long before 3,000 tokens are written; else this would run into the time limit.
    assert greedy(client, EGG, turn_type="main").token_ids
    while served.counter("running"):
        pass


def test_the_chat_goes_first(client: PolicyClient) -> None:
    """A side request that runs longer than the chat is still unfinished when the chat has ended."""
    side_ended = threading.Event()

    def side() -> Completion:
        done = client.complete(EGG, n=8, temperature=1.0, max_tokens=120, logit_bias={"2": -100})
        side_ended.set()
        return done[0]

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(side)
        greedy(client, EGG, turn_type="main", max_tokens=12)
        assert not side_ended.is_set()
        assert len(running.result().token_ids) == 120
