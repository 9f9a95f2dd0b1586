"""Routes and refusals that the official client does not reach."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from helpers.policy_process import PolicyProcess

from assistant.errors import NotFound, PolicyRefused
from assistant.paths import DataDir
from assistant.policy.client import PolicyClient
from assistant.store import Store

pytestmark = pytest.mark.model
EGG = [{"role": "user", "content": "How do I boil an egg?"}]


@pytest.fixture
def raw(served: PolicyProcess) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=served.hello["url"], headers={"Authorization": f"Bearer {served.hello['token']}"}, timeout=60
    ) as http:
        yield http


def test_health_needs_no_token_and_then_tells_nothing_else(served: PolicyProcess) -> None:
    answer = httpx.get(served.hello["url"] + "/health").json()
    assert answer == {"status": "ok", "pid": served.process.pid}
    assert served.client.health()["model_hash"]


def test_every_other_route_needs_one(served: PolicyProcess) -> None:
    for path in ("/v1/models", "/v1/versions", "/tokenize", "/nothing", "/docs"):
        answer = httpx.get(served.hello["url"] + path)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"


def test_unknown_route_is_404(raw: httpx.Client) -> None:
    answer = raw.get("/v1/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_large_body_is_413(raw: httpx.Client) -> None:
    answer = raw.post("/v1/chat/completions", content=b"x" * (17 * 1024 * 1024))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


def test_large_body_without_a_length_is_413(raw: httpx.Client) -> None:
    parts = (b"x" * 1024 * 1024 for _ in range(18))
    answer = raw.post("/v1/chat/completions", content=parts)
    assert answer.status_code == 413


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_object_is_400(raw: httpx.Client, content: bytes) -> None:
    answer = raw.post("/v1/chat/completions", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_several_samples_need_the_side_lane(raw: httpx.Client) -> None:
    body = {"model": "mentee", "messages": EGG, "n": 2}
    answer = raw.post("/v1/chat/completions", json=body, headers={"X-Turn-Type": "main"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "n")


def test_tokens_there_and_back(client: PolicyClient) -> None:
    text = "Grüße, 🥚 <|im_end|>"
    assert client.detokenize(client.tokenize_text(text)) == text
    prompt = client.tokenize(EGG)
    assert client.detokenize(prompt).endswith("<|im_start|>assistant\n")
    assert client.end_of_turn() == client.tokenize_text("<|im_end|>")


def test_token_ids_outside_the_vocabulary_are_400(client: PolicyClient) -> None:
    for call in (
        lambda: client.complete(prompt_token_ids=[5, 10**6]),
        lambda: client.complete(prompt_token_ids=[-1]),
        lambda: client.score("mentee", [([1, -5], 1)]),
        lambda: client.detokenize([10**6]),
    ):
        with pytest.raises(PolicyRefused) as caught:
            call()
        assert caught.value.status == 400


def test_a_session_is_recorded_with_exact_ids(raw: httpx.Client, client: PolicyClient, served_data: DataDir) -> None:
    body = {"model": "mentee", "messages": EGG, "max_tokens": 6, "return_token_ids": True}
    answer = raw.post("/v1/chat/completions", json=body, headers={"X-Session-Id": "session-a"})
    choice = answer.json()["choices"][0]
    with Store.open(served_data) as store:
        turn = store.turns.get(answer.headers["X-Turn-Id"])
        message = store.messages.get(turn.message_id)
    assert turn.kind == "main"
    assert turn.prompt_token_ids == client.tokenize(EGG) == answer.json()["prompt_token_ids"]
    assert turn.reply_token_ids == choice["token_ids"]
    assert turn.logprobs == pytest.approx(choice["token_logprobs"])
    assert turn.sampler["seed"] == answer.json()["mentee"]["sampler"]["seed"]
    assert message.content == choice["message"]["content"]


def test_a_request_without_session_is_not_kept(raw: httpx.Client, served_data: DataDir) -> None:
    with Store.open(served_data) as store:
        before = len(store.turns.recent(1000))
    answer = raw.post("/v1/chat/completions", json={"messages": EGG, "max_tokens": 2})
    with Store.open(served_data) as store:
        assert len(store.turns.recent(1000)) == before
    assert "X-Turn-Id" not in answer.headers


def test_feedback_reaches_the_turn(raw: httpx.Client, served_data: DataDir) -> None:
    body = {"messages": [{"role": "user", "content": "Name a fish."}], "max_tokens": 4, "stream": True}
    answer = raw.post("/v1/chat/completions", json=body, headers={"X-Session-Id": "session-b"})
    turn_id = answer.headers["X-Turn-Id"]
    given = raw.post(
        f"/v1/turns/{turn_id}/feedback", json={"kind": "correction", "text": "Always answer in one short sentence."}
    )
    assert given.status_code == 200
    with Store.open(served_data) as store:
        assert store.feedback.effective(turn_id).id == given.json()["feedback_id"]


def test_feedback_on_an_unknown_turn_is_404(raw: httpx.Client) -> None:
    assert raw.post("/v1/turns/nope/feedback", json={"kind": "praise"}).status_code == 404
    assert raw.post("/v1/turns/nope/feedback", json={"kind": "hate"}).status_code == 400


def test_logs_hold_no_message_text(raw: httpx.Client, served_data: DataDir) -> None:
    secret = "zebra-quilt-horizon"
    raw.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": secret}], "max_tokens": 2})
    raw.post("/v1/chat/completions", json={"messages": [{"role": secret, "content": 5}], "temperature": secret})
    for file in served_data.logs.iterdir():
        assert secret not in file.read_text(encoding="utf-8")


def test_store_errors_are_told(client: PolicyClient, served_data: DataDir) -> None:
    with pytest.raises(PolicyRefused) as caught:
        client.use_version(12345)
    assert caught.value.status == 404
    with Store.open(served_data) as store, pytest.raises(NotFound):
        store.versions.get(12345)
