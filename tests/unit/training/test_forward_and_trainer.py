"""The machinery on a random two-layer model: identity, shared prefix, learning, drift stop, resume, undo."""

import math

import pytest
import torch
from helpers.shaken import shaken

from training import lora
from training.forward import reply_logp, score
from training.losses import forward_kl
from training.rows import Row, collate
from training.sampler import Sampling, sample
from training.selftest import gradient_error, tiny_model
from training.stepping import NotANumber
from training.trainer import TrainConfig, Trainer

PREFIX = list(range(1, 13))


@pytest.fixture
def model():
    return tiny_model()


def rows(kind="practice", count=8) -> list[Row]:
    return [Row(kind, (*PREFIX, 20 + i), (*PREFIX, 40, 20 + i), (30 + i % 3, 31, 2)) for i in range(count)]


def test_a_single_row_is_learned(model) -> None:
    (row,) = rows("lesson", 1)
    before = score(model, [(row.student_prompt, row.reply)])[0]
    report = Trainer(model, TrainConfig(learning_rate=5e-2, steps_per_batch=8), lambda *_: None).train([row])
    assert all(math.isfinite(loss) for loss in report.losses)
    assert report.losses[-1] < report.losses[0]
    assert lora.state(model)
    assert len(before) == len(row.reply)


def test_a_teacher_without_a_hint_gives_zero_at_every_position(model) -> None:
    batch = collate([(row.student_prompt, row.reply) for row in rows()])
    loss = forward_kl(reply_logp(model, batch, adapter=False), reply_logp(model, batch))
    assert loss.abs().max().item() < 1e-6


def test_the_adapter_off_is_the_base_whatever_the_adapter_holds(model) -> None:
    batch = collate([(row.student_prompt, row.reply) for row in rows()])
    before = reply_logp(model, batch, adapter=False)
    shaken(model)
    assert torch.equal(reply_logp(model, batch, adapter=False), before)
    assert not torch.allclose(reply_logp(model, batch), before, atol=1e-3)


def test_a_shared_prefix_changes_neither_log_probs_nor_gradients(model, monkeypatch) -> None:
    shaken(model)
    batch = collate([((*PREFIX, 20, 21, 22), (30, 31)), ((*PREFIX, 23), (32, 33, 2))])
    results = []
    for least in (4, 10**6):
        monkeypatch.setattr("training.forward.LEAST_PREFIX", least)
        model.zero_grad()
        logp = reply_logp(model, batch)
        logp[:, 5].sum().backward()
        gradients = [weight.grad.clone() for weight in lora.parameters(model)]
        results.append((logp.detach(), gradients))
    assert torch.allclose(results[0][0], results[1][0], atol=1e-5)
    for shared, whole in zip(results[0][1], results[1][1], strict=True):
        assert torch.allclose(shared, whole, atol=1e-4)


def test_scores_do_not_depend_on_the_company(model) -> None:
    shaken(model)
    pairs = [((*PREFIX, 20), (30, 31, 2)), ((3, 4), (5,)), ((*PREFIX, 21, 22), (33, 2))]
    together = score(model, pairs, adapter=True)
    for pair, scores in zip(pairs, together, strict=True):
        assert scores == pytest.approx(score(model, [pair], adapter=True)[0], abs=1e-5)


def test_sampled_log_probs_are_those_of_the_model(model) -> None:
    prompts = [[*PREFIX, 20], [3, 4, 5], [*PREFIX, 21, 22, 23]]
    found = sample(model, prompts, [2], Sampling(max_tokens=12, rows=2))
    assert all(len(one.token_ids) == 12 or one.token_ids[-1] == 2 for one in found)
    again = score(model, [(p, s.token_ids) for p, s in zip(prompts, found, strict=True)])
    for one, scores in zip(found, again, strict=True):
        assert one.logprobs == pytest.approx(scores, abs=1e-4)


def test_sampling_is_repeatable_by_its_seed(model) -> None:
    first = sample(model, [[*PREFIX]] * 3, [2], Sampling(max_tokens=8, seed=5))
    assert first == sample(model, [[*PREFIX]] * 3, [2], Sampling(max_tokens=8, seed=5))
    assert first != sample(model, [[*PREFIX]] * 3, [2], Sampling(max_tokens=8, seed=6))


def trained(model, data, **changes):
    config = TrainConfig(**{"learning_rate": 5e-3, "batch_rows": 4, "drift_limit": 1e9, **changes})
    return Trainer(model, config, lambda done, total: None).train(data)


def test_training_brings_the_student_nearer_to_the_hinted_teacher(model) -> None:
    losses = trained(model, rows(count=24), reply_share=0.0).losses
    assert losses[-1] < 0.6 * losses[0]


def test_the_kept_replies_themselves_become_likelier_than_the_teacher_has_them(model) -> None:
    data = rows(count=24)
    before = lora.state(model)
    found = []
    for share in (0.0, 0.5):
        lora.restore(model, before)
        trained(model, data, reply_share=share)
        scores = score(model, [(row.student_prompt, row.reply) for row in data], adapter=True)
        found.append(sum(map(sum, scores)))
    assert found[1] > found[0] + 1.0


def test_weights_change_the_loss(model) -> None:
    light = [Row(r.kind, r.student_prompt, r.teacher_prompt, r.reply, 0.25) for r in rows(count=4)]
    whole = trained(tiny_model(), rows(count=4)).losses[0]
    assert trained(model, light).losses[0] == pytest.approx(0.25 * whole, rel=1e-4)


def test_replay_rows_stop_a_run_that_drifts(model) -> None:
    shaken(model, 0.5)
    still = [Row("replay", r.student_prompt, r.student_prompt, r.reply) for r in rows(count=16)]
    report = trained(model, still, drift_limit=0.01, learning_rate=1e-6)
    assert report.stopped_by_drift
    assert len(report.losses) < 16 // 4 * TrainConfig().steps_per_batch


def test_every_batch_holds_replay_rows(model) -> None:
    replay = [Row("replay", r.student_prompt, r.student_prompt, r.reply) for r in rows(count=4)]
    trainer = Trainer(model, TrainConfig(batch_rows=4), lambda done, total: None)
    batches = trainer.batches([*rows(count=12), *replay])
    assert sum(map(len, batches)) == 16
    assert all(any(row.kind == "replay" for row in batch) for batch in batches)


def test_anchors_hold_the_version_the_run_started_from(model) -> None:
    shaken(model)
    held = [Row("anchor", r.student_prompt, r.student_prompt, r.reply) for r in rows(count=4)]
    assert trained(model, held, steps_per_batch=1).losses[0] == pytest.approx(0.0, abs=1e-3)


def test_a_loss_that_is_no_number_leaves_the_adapter_alone(model, monkeypatch) -> None:
    monkeypatch.setattr("training.trainer.forward_kl", lambda target, logp: logp.sum(-1) * math.nan)
    before = lora.state(model)
    with pytest.raises(NotANumber):
        trained(model, rows())
    assert all(torch.equal(value, before[name]) for name, value in lora.state(model).items())


def test_a_stopped_run_ends_where_an_unbroken_one_does(model, tmp_path) -> None:
    data, config = rows(count=16), TrainConfig(batch_rows=4, learning_rate=1e-3, drift_limit=1e9)
    unbroken = tiny_model()
    Trainer(unbroken, config, lambda done, total: None).train(data)

    def stop_after_two_batches(done: int, total: int) -> None:
        if done == 4:
            raise InterruptedError

    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(InterruptedError):
        Trainer(model, config, stop_after_two_batches).train(data, checkpoint)
    resumed = tiny_model()
    report = Trainer(resumed, config, lambda done, total: None).train(data, checkpoint)
    assert len(report.losses) == 8
    for name, value in lora.state(resumed).items():
        assert torch.allclose(value, lora.state(unbroken)[name], atol=1e-6)


def test_a_gradient_here_is_a_gradient() -> None:
    assert gradient_error() < 0.05
