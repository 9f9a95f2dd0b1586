"""The papers' objectives on a random two-layer model: signs, coefficients, rules on samples, clipping, undo."""

import math
from dataclasses import replace
from typing import get_args

import pytest
import torch
from helpers.shaken import shaken

from training import lora
from training.forward import reply_logp, score
from training.objectives import ObjectiveName, objective, signal, token_loss
from training.paper_losses import binary_advantage, policy_loss
from training.rows import Row, collate
from training.sampler import Sampling, sample
from training.selftest import tiny_model
from training.stepping import NotANumber
from training.turn_targets import read_targets
from training.turn_trainer import TurnConfig, TurnTrainer, turn_loss
from training.turns import TurnSample, in_batches

PREFIX = tuple(range(1, 13))
HINTED = [name for name in get_args(ObjectiveName) if name not in ("binary", "hindsight")]
RATED = ["binary", "combined", "hybrid"]


def opinionated():
    """The tiny model with larger weights, so that it has favourites and a hint changes its mind by tenths of a nat."""
    model = tiny_model()
    with torch.no_grad():
        for weight in model.parameters():
            if not weight.requires_grad and weight.ndim == 2:
                weight.mul_(4.0)
    return model


@pytest.fixture
def model():
    return opinionated()


def turn(number=0, verdict=-1, *, hint=True, **more) -> TurnSample:
    prompt = (*PREFIX, 20 + number)
    hints = ((*PREFIX, 40, 41, 20 + number),) if hint else ()
    return TurnSample(prompt, (30 + number % 3, 31, 2), verdict, hints, **more)


def replay() -> list[Row]:
    return [Row("replay", (*PREFIX, 50 + i), (*PREFIX, 50 + i), (51, 2)) for i in range(3)]


def trained(model, samples, name="hybrid", rate=5e-3, changes=None, **config):
    loss = objective(name, **(changes or {}))
    settings = TurnConfig(**{"learning_rate": rate, "drift_limit": 1e9, "objective": loss, **config})
    return TurnTrainer(model, settings, lambda done, total: None).train(samples, replay())


def logps(model, samples, *, adapter=True) -> list[list[float]]:
    return score(model, [(one.prompt, one.reply) for one in samples], adapter=adapter)


def first_loss(samples, name, shake=False, config=None, **changes) -> float:
    model = shaken(opinionated()) if shake else opinionated()
    return trained(model, samples, name, changes=changes, steps_per_batch=1, **(config or {})).losses[0]


@pytest.mark.parametrize("name", HINTED)
def test_tokens_the_hint_speaks_against_lose_and_those_it_favours_gain(model, name) -> None:
    """Verdict 0, so that nothing but the hint pulls; the replies are the model's own, as in use."""
    asked = [turn(n, 0) for n in range(6)]
    written = sample(model, [one.prompt for one in asked], [2], Sampling(max_tokens=6))
    samples = [replace(one, reply=tuple(w.token_ids)) for one, w in zip(asked, written, strict=True)]
    before = logps(model, samples)
    hinted = score(model, [(one.hints[0], one.reply) for one in samples])
    trained(model, samples, name, steps_per_batch=4)
    pull, moved = [], []
    for old, teacher, new in zip(before, hinted, logps(model, samples), strict=True):
        pull += [t - o for t, o in zip(teacher, old, strict=True)]
        moved += [n - o for n, o in zip(new, old, strict=True)]
    down = [m for m, p in zip(moved, pull, strict=True) if p < -0.05]
    up = [m for m, p in zip(moved, pull, strict=True) if p > 0.05]
    assert len(down) > 3, "the hint speaks against some tokens, or this tests nothing"
    assert len(up) > 3
    assert sum(down) < -1e-2
    assert sum(up) > 1e-2


@pytest.mark.parametrize("name", RATED)
@pytest.mark.parametrize(("verdict", "hint"), [(1, False), (-1, True)])
def test_a_praised_reply_gains_and_a_disliked_one_loses(model, name, verdict, hint) -> None:
    samples = [turn(n, verdict, hint=hint) for n in range(4)]
    before = sum(map(sum, logps(model, samples)))
    trained(model, samples, name, changes={"opd_weight": 0.0}, steps_per_batch=3)
    assert (sum(map(sum, logps(model, samples))) - before) * verdict > 0.1


def test_hindsight_follows_what_the_follow_up_says_of_each_token(model) -> None:
    samples = [turn(n, 0, hint=False, follow_up=(*PREFIX, 44, 45, 20 + n)) for n in range(6)]
    before = logps(model, samples)
    told = score(model, [(one.follow_up, one.reply) for one in samples], adapter=True)
    trained(model, samples, "hindsight", rate=2e-3, steps_per_batch=4)
    product = 0.0
    for old, hindsight, new in zip(before, told, logps(model, samples), strict=True):
        pull = [h - o for h, o in zip(hindsight, old, strict=True)]
        centred = [p - sum(pull) / len(pull) for p in pull]
        product += sum(c * (n - o) for c, n, o in zip(centred, new, old, strict=True))
    assert product > 1e-3


def test_the_hindsight_teacher_is_the_policy_in_training_and_the_hinted_one_the_base(model) -> None:
    shaken(model)
    one = turn(0, 0, follow_up=(*PREFIX, 44, 20))
    told = read_targets(model, [one], objective("hindsight")).teacher.tolist()
    assert told == pytest.approx(score(model, [(one.follow_up, one.reply)], adapter=True)[0], abs=1e-5)
    hinted = read_targets(model, [one], objective("opd")).teacher.tolist()
    assert hinted == pytest.approx(score(model, [(one.hints[0], one.reply)])[0], abs=1e-5)
    assert hinted != pytest.approx(score(model, [(one.hints[0], one.reply)], adapter=True)[0], abs=1e-2)


@pytest.mark.parametrize("name", get_args(ObjectiveName))
def test_a_teacher_that_reads_the_same_prompt_pulls_nowhere(model, name) -> None:
    samples = [replace(turn(n, 0, hint=False), hints=((*PREFIX, 20 + n),), follow_up=(*PREFIX, 20 + n)) for n in (0, 1)]
    loss = objective(name)
    targets = read_targets(model, samples, loss)
    assert signal(loss, targets).max().item() < 1e-5
    turn_loss(model, samples, targets, loss).sum().backward()
    assert max(weight.grad.abs().max().item() for weight in lora.parameters(model)) < 1e-4
    before = lora.state(model)
    report = trained(model, samples, name)
    assert (report.samples, report.effective, report.losses) == (2, 0, [])
    assert all(torch.equal(value, before[key]) for key, value in lora.state(model).items())


def test_the_hint_with_the_largest_overlap_is_the_teachers(model) -> None:
    far, near = (*PREFIX, 60, 61, 62, 20), (*PREFIX, 20)
    one = replace(turn(), hints=(far, near))
    found = read_targets(model, [turn(1), one], objective("reverse_kl")).teacher
    batch = collate([(near, one.reply)])
    torch.testing.assert_close(found[3:], reply_logp(model, batch, adapter=False), atol=1e-5, rtol=1e-4)


def test_binary_is_the_policy_loss_of_the_paper(model) -> None:
    shaken(model)
    samples, loss = [turn(0, 1, hint=False), turn(1, -1)], objective("binary")
    targets = read_targets(model, samples, loss)
    mask, width = targets.mask_NR, (2, 3)
    old, reference = targets.old.reshape(width), targets.reference_K.reshape(width)
    by_hand = policy_loss(old, old, binary_advantage(torch.tensor([1.0, -1.0]), mask), reference, mask)
    torch.testing.assert_close(turn_loss(model, samples, targets, loss), by_hand, atol=1e-4, rtol=1e-4)


def test_weights_change_the_loss_praise_counts_half_and_a_bare_dislike_a_tenth() -> None:
    whole = first_loss([turn(0, -1), turn(1, -1)], "binary")
    light = first_loss([turn(0, -1, weight=0.25), turn(1, -1, weight=0.25)], "binary")
    assert light == pytest.approx(0.25 * whole, rel=1e-4)
    assert first_loss([turn(0, 1, hint=False), turn(1, 1, hint=False)], "binary") == pytest.approx(-whole / 2, rel=1e-4)
    assert turn(0, 1).influence == 0.5
    assert turn(0, 1, weight=0.3).influence == 0.3
    assert turn(0, -1, hint=False).influence == 0.1
    assert turn(0, -1).influence == 1.0


@pytest.mark.parametrize(
    ("name", "coefficient", "value"),
    [
        *(("opd", c, v) for c, v in (("limit", 0.01), ("opd_weight", 0.3), ("kl_weight", 0.5))),
        *(("combined", c, v) for c, v in (("limit", 0.01), ("opd_weight", 0.3))),
        *(("combined", c, v) for c, v in (("rl_weight", 0.3), ("kl_weight", 0.5))),
        *(("hybrid", c, v) for c, v in (("k", 1), ("limit", 0.01), ("tail", True), ("opd_weight", 0.3))),
        *(("hybrid", c, v) for c, v in (("rl_weight", 0.3), ("kl_weight", 0.5))),
        *(("binary", c, v) for c, v in (("rl_weight", 0.3), ("kl_weight", 0.5))),
        *((n, c, v) for n in ("reverse_kl", "forward_kl", "js") for c, v in (("opd_weight", 0.3), ("kl_weight", 0.5))),
        *(("topk_tail", c, v) for c, v in (("k", 3), ("opd_weight", 0.3), ("kl_weight", 0.5))),
    ],
)  # fmt: skip
def test_every_coefficient_changes_the_loss(name, coefficient, value) -> None:
    samples = [turn(n) for n in range(3)]
    published = first_loss(samples, name, shake=True)
    assert abs(first_loss(samples, name, shake=True, **{coefficient: value}) - published) > 1e-5


@pytest.mark.parametrize(("coefficient", "value"), [("limit", 0.01), ("opd_weight", 0.3), ("kl_weight", 0.5)])
def test_every_coefficient_of_hindsight_changes_the_gradient(coefficient, value) -> None:
    """Its advantages have mean 0, so that at ratio 1 the loss itself is 0 but for the KL."""
    gradients = []
    for changes in ({}, {coefficient: value}):
        model = shaken(opinionated())
        samples, loss = [turn(0, follow_up=(*PREFIX, 44, 45, 20))], objective("hindsight", **changes)
        turn_loss(model, samples, read_targets(model, samples, loss), loss).sum().backward()
        gradients.append(torch.cat([weight.grad.flatten() for weight in lora.parameters(model)]))
    assert (gradients[0] - gradients[1]).abs().max().item() > 1e-4


@pytest.mark.parametrize("name", ["binary", "hybrid"])
def test_a_dislike_without_a_hint_does_not_train_alone(model, name) -> None:
    before = lora.state(model)
    report = trained(model, [turn(n, -1, hint=False) for n in range(9)], name)
    assert (report.samples, report.effective, report.losses) == (9, 0, [])
    assert all(torch.equal(value, before[key]) for key, value in lora.state(model).items())
    company = [turn(0, -1, hint=False), turn(1, 1, hint=False)]
    assert trained(model, company, name).effective == 2


def test_a_dislike_whose_company_turns_out_silent_does_not_train_alone(model) -> None:
    silent = replace(turn(1, 0, hint=False), hints=((*PREFIX, 21),))
    assert trained(model, [turn(0, -1, hint=False), silent], "hybrid").effective == 0


def test_bare_dislikes_are_spread_over_batches_that_hold_others() -> None:
    samples = [turn(n, -1, hint=False) for n in range(13)] + [turn(n) for n in range(3)]
    batches = in_batches(samples, 4, seed=0)
    assert len(batches) == 3
    assert sum(map(len, batches)) == 16
    assert all(any(not one.bare for one in batch) for batch in batches)


def test_effective_samples_are_those_with_a_signal(model) -> None:
    silent = replace(turn(3, 0, hint=False), hints=((*PREFIX, 23),))
    nothing = turn(4, 0, hint=False)
    praise = turn(5, 1, hint=False)
    report = trained(model, [turn(0), turn(1), silent, nothing, praise], "hybrid")
    assert (report.samples, report.effective) == (5, 3)
    assert trained(opinionated(), [turn(0), turn(1), silent, nothing, praise], "opd").effective == 2


def test_silent_rows_do_not_thin_out_the_loss() -> None:
    silent = replace(turn(3, 0, hint=False), hints=((*PREFIX, 23),))
    long_silent = replace(silent, reply=(30, 31, 32, 33, 34, 2))
    whole, with_silent = [turn(0), turn(1), turn(2)], [turn(0), turn(1), turn(2), long_silent]
    assert first_loss(with_silent, "opd") == pytest.approx(first_loss(whole, "opd") * 4 / 5, rel=1e-3), (
        "three turns and one replay row, against three and two: replay is laid beside what was read"
    )


def test_a_loss_that_is_no_number_leaves_the_adapter_as_before_that_step(model, monkeypatch) -> None:
    steps = []

    def breaks_in_the_third(objective, logp, targets):
        steps.append(lora.state(model))
        return token_loss(objective, logp, targets) * (math.nan if len(steps) == 3 else 1.0)

    monkeypatch.setattr("training.turn_trainer.token_loss", breaks_in_the_third)
    with pytest.raises(NotANumber):
        trained(model, [turn(n) for n in range(4)], steps_per_batch=4)
    assert all(torch.equal(value, steps[2][name]) for name, value in lora.state(model).items())
    assert not all(torch.equal(value, steps[0][name]) for name, value in lora.state(model).items())


def test_several_steps_on_a_batch_are_clipped_against_the_policy_before_it() -> None:
    one, ratios = [replace(turn(0, 1, hint=False), reply=(30,))], []
    for passes, steps in ((1, 40), (40, 1)):
        model = opinionated()
        before = logps(model, one)[0][0]
        for _ in range(passes):
            trained(model, one, "binary", rate=5e-4, changes={"kl_weight": 0.0}, steps_per_batch=steps, warmup_steps=1)
        ratios.append(math.exp(logps(model, one)[0][0] - before))
    clipped, free = ratios
    assert 1.1 < clipped < 2.0
    assert free > 2 * clipped


def test_replay_rows_stop_a_pass_that_drifts(model) -> None:
    shaken(model, 0.5)
    report = trained(model, [turn(n % 8) for n in range(64)], drift_limit=0.01, rate=1e-6, steps_per_batch=1)
    assert report.stopped_by_drift
    assert len(report.losses) < 8


def test_replay_is_not_optional(model) -> None:
    with pytest.raises(ValueError, match="replay"):
        TurnConfig(replay_share=0.05)
    with pytest.raises(ValueError, match="replay"):
        TurnTrainer(model, TurnConfig(), lambda done, total: None).train([turn()], [])


@pytest.mark.parametrize(
    "wrong",
    [{"prompt": ()}, {"reply": ()}, {"verdict": 2}, {"hints": ((1,),) * 4}, {"hints": ((),)}, {"follow_up": ()},
     {"weight": 1.5}],
)  # fmt: skip
def test_a_turn_out_of_range_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"turn|range"):
        replace(turn(), **wrong)
