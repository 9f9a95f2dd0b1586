"""The sampler on rows of logits made up here; of the model only the vocabulary is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import BadInput
from assistant.policy import generation
from assistant.policy.generation import Generation, Request
from assistant.policy.native import NativeModel
from assistant.policy.sampling import RawLogProbs, Sampler, SamplerSettings

pytestmark = pytest.mark.model
PLAIN = SamplerSettings(temperature=0.7, top_p=0.95, seed=0)


@pytest.fixture(scope="module")
def model(starter: Path) -> Iterator[NativeModel]:
    loaded = NativeModel(starter)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def row(model: NativeModel) -> np.ndarray:
    """Logits as wide as a real model's: a few likely tokens, a long tail."""
    return np.random.default_rng(0).normal(2.0, 3.0, model.n_vocab).astype(np.float32)


def draw(model: NativeModel, row: np.ndarray, settings: SamplerSettings, *, whole: bool = False) -> int:
    sampler = Sampler(model, settings)
    if whole:
        sampler._reach = 0.0
    token = sampler.from_row(row)
    sampler.close()
    return token


def test_leaving_out_the_unlikely_changes_nothing(model: NativeModel, row: np.ndarray) -> None:
    warm = replace(PLAIN, temperature=1.2)
    settings = [replace(warm, seed=seed, min_p=0.01 * (seed % 2), top_k=40 * (seed % 3)) for seed in range(60)]
    quick = [draw(model, row, one) for one in settings]
    thorough = [draw(model, row, one, whole=True) for one in settings]
    assert len(set(quick)) > 10
    assert sum(a == b for a, b in zip(quick, thorough, strict=True)) >= 58


def test_a_reply_that_takes_too_long_is_cut(
    model: NativeModel, row: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = row.copy()
    row[[token for token in range(model.n_vocab) if model.is_end(token)]] = -50.0
    probs = RawLogProbs(model.n_vocab)
    request = Request([1], PLAIN, max_tokens=100, listen=lambda _event: None)
    for limit, reason in ((900.0, None), (-1.0, "length")):
        monkeypatch.setattr(generation, "TIME_LIMIT_S", limit)
        assert Generation.start(request, 0, model).draw_from(row, probs) == reason


def test_draws_follow_the_distribution(model: NativeModel) -> None:
    """Three possible tokens at temperature 2: shares as softmax(logits / 2) says."""
    row = np.full(model.n_vocab, -50.0, np.float32)
    row[[10, 20, 30]] = [2.0, 1.0, 0.0]
    expected = np.exp(np.array([1.0, 0.5, 0.0]))
    expected /= expected.sum()
    for top_p in (1.0, 0.999):
        drawn = Counter(draw(model, row, SamplerSettings(2.0, top_p, seed)) for seed in range(400))
        shares = np.array([drawn[10], drawn[20], drawn[30]]) / 400
        assert np.abs(shares - expected).max() < 0.09


def test_top_p_cuts_the_tail(model: NativeModel) -> None:
    row = np.full(model.n_vocab, -50.0, np.float32)
    row[[10, 20]] = [3.0, 0.0]
    assert {draw(model, row, SamplerSettings(1.0, 0.9, seed)) for seed in range(50)} == {10}


def test_bias_and_penalties(model: NativeModel, row: np.ndarray) -> None:
    best, second = (int(token) for token in np.argsort(-row)[:2])
    greedy = SamplerSettings(0.0, 1.0, 0)
    assert draw(model, row, greedy) == best
    assert draw(model, row, replace(greedy, logit_bias={best: -100.0})) == second
    sampler = Sampler(model, replace(greedy, presence_penalty=2.0, frequency_penalty=2.0, repetition_penalty=9.0))
    assert [sampler.from_row(row), sampler.from_row(row)] == [best, second]
    sampler.close()


def test_log_probabilities(model: NativeModel, row: np.ndarray) -> None:
    exact = row.astype(np.float64)
    exact -= np.log(np.exp(exact - exact.max()).sum()) + exact.max()
    probs = RawLogProbs(model.n_vocab)
    for token in (0, 77, int(row.argmax())):
        assert probs.of(row, token) == pytest.approx(exact[token], abs=1e-4)
    top = probs.top(row, 5)
    assert [token for token, _ in top] == [int(token) for token in np.argsort(-row)[:5]]
    assert top[0][1] == pytest.approx(exact.max(), abs=1e-4)


def test_a_grammar_wins_over_the_logits(model: NativeModel) -> None:
    row = np.zeros(model.n_vocab, np.float32)
    row[model.tokenize("no")[0]] = 20.0
    sampler = Sampler(model, SamplerSettings(0.0, 1.0, 0), 'root ::= "yes"')
    said = b""
    while True:
        token = sampler.from_row(row)
        if model.is_end(token):
            break
        said += model.piece(token)
    sampler.close()
    assert said == b"yes"


def test_a_grammar_that_is_none(model: NativeModel) -> None:
    with pytest.raises(BadInput):
        Sampler(model, PLAIN, "root ::= (((")
