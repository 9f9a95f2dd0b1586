"""The papers' losses against values worked out by hand on a vocabulary of three tokens, and their signs by gradient."""

import math
from collections.abc import Callable

import pytest
import torch

from training.losses import forward_kl, reverse_kl, row_means, weighted_mean
from training.paper_losses import (
    LEAST_TAIL,
    Hybrid,
    binary_advantage,
    choose_hint,
    clipped,
    combined_advantage,
    hindsight_advantage,
    hybrid_loss,
    js_divergence,
    opd_advantage,
    overlap,
    policy_loss,
    top_tokens,
    topk_opd_loss,
    topk_tail_kl,
    with_tail,
)

OLD = torch.tensor([[0.5, 0.3, 0.2]]).log()
TEACHER = torch.tensor([[0.1, 0.6, 0.3]]).log()
STUDENT = torch.tensor([[0.6, 0.2, 0.2]]).log()
TWO, ALL = torch.tensor([[0, 1]]), torch.tensor([[0, 1, 2]])
NAN = math.nan


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values)


def distributions(*shape: int) -> torch.Tensor:
    return torch.log_softmax(2.0 * torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))), -1)


def step(loss: Callable[[torch.Tensor], torch.Tensor]) -> list[float]:
    """Probabilities after one step of descent from `OLD`."""
    logits = OLD.clone().requires_grad_()
    loss(torch.log_softmax(logits, -1)).sum().backward()
    return torch.softmax(logits.detach() - 0.5 * logits.grad, -1)[0].tolist()


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "moves"),
    [
        (1.0, 2.0, -2.0, True),
        (1.1, 2.0, -2.2, True),
        (2.0, 1.0, -1.28, False),
        (0.5, 1.0, -0.5, True),
        (0.5, -1.0, 0.8, False),
        (2.0, -1.0, 2.0, True),
        (2.0, 0.0, 0.0, False),
    ],
)
def test_the_surrogate_is_clipped_on_the_side_of_the_advantage(ratio, advantage, loss, moves) -> None:
    logp = t(math.log(0.25 * ratio)).requires_grad_()
    found = clipped(logp, t(math.log(0.25)), t(advantage))
    found.sum().backward()
    assert found.item() == pytest.approx(loss, abs=1e-6)
    assert logp.grad.item() == pytest.approx(-ratio * advantage if moves else 0.0, abs=1e-6)


def test_a_log_ratio_is_clamped_to_twenty_nats() -> None:
    assert clipped(t(0.0), t(-1e9), t(-1.0)).item() == pytest.approx(math.exp(20.0), rel=1e-5)
    assert clipped(t(-1e9), t(0.0), t(1.0)).item() == pytest.approx(-math.exp(-20.0), rel=1e-5)


def test_only_the_policy_in_training_has_a_gradient() -> None:
    logp, old, teacher = (x.clone().requires_grad_() for x in (t(-1.0), t(-1.1), t(-2.0)))
    clipped(logp, old, opd_advantage(teacher, old)).sum().backward()
    assert old.grad is None
    assert teacher.grad is None


def test_the_verdict_is_the_advantage_of_every_reply_token() -> None:
    mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    found = binary_advantage(t(1.0, -1.0, 0.0), mask)
    assert found.tolist() == [[1.0, 1.0, 0.0], [-1.0, -1.0, -1.0], [0.0, 0.0, 0.0]]


def test_the_sampled_token_advantage_by_hand() -> None:
    found = opd_advantage(TEACHER[0], OLD[0])
    assert found.tolist() == pytest.approx([math.log(0.2), math.log(2.0), math.log(1.5)], abs=1e-6)
    limited = opd_advantage(TEACHER[0], OLD[0], limit=0.5)
    assert limited.tolist() == pytest.approx([-0.5, 0.5, math.log(1.5)], abs=1e-6)


def test_v1_adds_the_two_advantages_by_weight() -> None:
    opd, binary = torch.tensor([[0.5, -2.0]]), torch.tensor([[-1.0, -1.0]])
    assert combined_advantage(opd, binary).tolist() == [[-0.5, -3.0]]
    assert combined_advantage(opd, binary, opd_weight=2.0).tolist() == [[0.0, -5.0]]
    assert combined_advantage(opd, binary, rl_weight=0.5).tolist() == [[0.0, -2.5]]


def test_the_policy_loss_by_hand() -> None:
    old = torch.tensor([[0.5, 0.5, 0.5], [0.25, 0.5, 0.5]]).log()
    logp = torch.tensor([[0.5, 0.25, 0.9], [0.5, 0.9, 0.9]]).log()
    advantage = torch.tensor([[2.0, -1.0, 7.0], [1.0, 7.0, 7.0]])
    mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    found = policy_loss(logp, old, advantage, logp, mask)
    assert found.tolist() == pytest.approx([(-2.0 + 0.8) / 2, -1.28], abs=1e-6)
    drift = policy_loss(logp, old, advantage, logp + math.log(2.0), mask, kl_weight=0.5) - found
    assert drift.tolist() == pytest.approx([0.5 * (2.0 - math.log(2.0) - 1.0)] * 2, abs=1e-6)
    assert weighted_mean(found, t(1.0, 0.25)).item() == pytest.approx((-0.6 - 0.32) / 2, abs=1e-6)


def test_padding_never_counts_in_the_loss_not_even_as_nan() -> None:
    mask = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    logp = torch.tensor([[-1.0, NAN], [NAN, -math.inf]], requires_grad=True)
    old = torch.tensor([[-1.0, -math.inf], [NAN, 3.0]])
    found = policy_loss(logp, old, torch.tensor([[1.5, NAN], [9.0, 9.0]]), old, mask)
    found.sum().backward()
    assert found.tolist() == [-1.5, 0.0]
    assert logp.grad.tolist() == [[-1.5, 0.0], [0.0, 0.0]]


def test_the_subset_is_the_top_k_and_overlap_counts_shared_tokens_in_any_order() -> None:
    assert top_tokens(torch.tensor([[0.2, 0.5, 0.3]]).log(), 2).tolist() == [[1, 2]]
    assert overlap(torch.tensor([[0, 1], [2, 1], [0, 3]]), torch.tensor([[1, 0], [1, 4], [1, 2]])).tolist() == [2, 1, 0]


def test_the_hint_with_the_most_overlap_over_the_whole_reply_is_chosen() -> None:
    first, second = [[2.0, 0.0, 2.0], [1.0, 1.0, 1.0]], [[1.0, 2.0, 0.0], [1.0, 1.0, 0.0]]
    overlaps = torch.tensor([first, second])
    assert choose_hint(overlaps, torch.ones(2, 3)).tolist() == [0, 0]
    assert choose_hint(overlaps, torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])).tolist() == [1, 0]
    assert choose_hint(overlaps.flip(0), torch.ones(2, 3)).tolist() == [1, 1]


def test_topk_opd_by_hand_with_the_difference_clamped() -> None:
    first, second = -1.0 * 0.625, math.log(2.0) * 0.375
    assert topk_opd_loss(OLD, OLD, TEACHER, TWO).item() == pytest.approx(-first - second, abs=1e-6)
    by_hand = -first * 1.2 - second * (2.0 / 3.0)
    assert topk_opd_loss(STUDENT, OLD, TEACHER, TWO).item() == pytest.approx(by_hand, abs=1e-6)
    wider = topk_opd_loss(OLD, OLD, TEACHER, TWO, limit=2.0).item()
    assert wider == pytest.approx(0.625 * math.log(5.0) - second, abs=1e-6)


def test_topk_opd_with_the_tail_as_one_token_more() -> None:
    by_hand = 0.5 * 1.0 - 0.3 * math.log(2.0) - 0.2 * math.log(1.5)
    assert topk_opd_loss(OLD, OLD, TEACHER, TWO, tail=True).item() == pytest.approx(by_hand, abs=1e-5)


def test_mass_moved_off_the_subset_does_not_pay() -> None:
    teacher = torch.tensor([[0.55, 0.35, 0.1]]).log()
    moved = torch.tensor([[0.25, 0.15, 0.6]]).log()
    assert topk_opd_loss(moved, OLD, teacher, TWO).item() > topk_opd_loss(OLD, OLD, teacher, TWO).item()


@pytest.mark.parametrize("name", ["topk_opd", "topk_tail_kl"])
def test_over_the_whole_vocabulary_both_pull_like_the_reverse_kl(name) -> None:
    old, teacher = distributions(20, 12), distributions(20, 12).flip(0)
    ours, kl = old.clone().requires_grad_(), old.clone().requires_grad_()
    logp, tokens = torch.log_softmax(ours, -1), top_tokens(old, 12)
    opd = name == "topk_opd"
    loss = topk_opd_loss(logp, old, teacher, tokens, math.inf) if opd else topk_tail_kl(teacher, logp, tokens)
    loss.sum().backward()
    reverse_kl(teacher, torch.log_softmax(kl, -1)).sum().backward()
    assert kl.grad.abs().max().item() > 0.1
    torch.testing.assert_close(ours.grad, kl.grad, atol=1e-5, rtol=1e-4)


def test_the_hybrid_adds_the_two_losses_by_weight() -> None:
    written, bad = torch.tensor([0]), t(-1.0)
    opd, rl = topk_opd_loss(STUDENT, OLD, TEACHER, TWO).item(), 1.2

    def found(**settings: float) -> float:
        return hybrid_loss(STUDENT, OLD, TEACHER, written, bad, Hybrid(**{"k": 2, **settings})).item()

    assert found() == pytest.approx(opd + rl, abs=1e-6)
    assert found(opd_weight=0.0) == pytest.approx(rl, abs=1e-6)
    assert found(rl_weight=0.0) == pytest.approx(opd, abs=1e-6)
    assert found(opd_weight=0.5, rl_weight=2.0) == pytest.approx(0.5 * opd + 2.0 * rl, abs=1e-6)
    wide = topk_opd_loss(STUDENT, OLD, TEACHER, ALL, limit=2.0, tail=True).item()
    assert found(k=3, limit=2.0, tail=True) == pytest.approx(wide + rl, abs=1e-6)


def test_the_tail_holds_what_the_subset_leaves_and_counts_in_the_kl() -> None:
    assert with_tail(OLD, torch.tensor([[1]])).exp()[0].tolist() == pytest.approx([0.3, 0.7], abs=1e-6)
    assert with_tail(OLD, ALL).exp()[0, -1].item() == pytest.approx(LEAST_TAIL, rel=0.1)
    by_hand = 0.5 * math.log(0.5 / 0.1) + 0.5 * math.log(0.5 / 0.9)
    assert topk_tail_kl(TEACHER, OLD, torch.tensor([[0]])).item() == pytest.approx(by_hand, abs=1e-6)


def test_topk_tail_kl_grows_with_k_to_the_full_kl() -> None:
    teacher, student = distributions(20, 12), distributions(20, 12).flip(0)
    full = reverse_kl(teacher, student)
    found = [topk_tail_kl(teacher, student, top_tokens(student, k)) for k in (1, 4, 12)]
    assert (found[0] <= found[1] + 1e-5).all()
    assert (found[1] <= full + 1e-5).all()
    torch.testing.assert_close(found[2], full, atol=1e-5, rtol=1e-4)


def test_js_by_hand_symmetric_and_bounded_by_log_two() -> None:
    one, other = torch.tensor([[0.5, 0.25, 0.25]]).log(), torch.tensor([[0.25, 0.25, 0.5]]).log()
    by_hand = 0.5 * math.log(4 / 3) + 0.25 * math.log(2 / 3)
    assert js_divergence(one, other).item() == pytest.approx(by_hand, abs=1e-6)
    one, other = distributions(50, 7), distributions(50, 7).flip(0)
    torch.testing.assert_close(js_divergence(one, other), js_divergence(other, one))
    assert js_divergence(one, other).min().item() > 0
    assert js_divergence(one, other).max().item() < math.log(2.0)
    apart = torch.log_softmax(torch.tensor([[60.0, 0.0, 0.0]]), -1), torch.log_softmax(torch.tensor([[0.0, 0, 60]]), -1)
    assert js_divergence(*apart).item() == pytest.approx(math.log(2.0), abs=1e-5)


def test_hindsight_advantages_by_hand_are_clamped_then_centred() -> None:
    difference = torch.tensor([[1.0, -0.5, 5.0, 9.0], [-7.0, 0.0, 0.0, 0.0]])
    mask = torch.tensor([[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    old = torch.full((2, 4), -3.0)
    found = hindsight_advantage(old + difference, old, mask)
    mean = (1.0 - 0.5 + 2.0) / 3
    assert found[0].tolist() == pytest.approx([1.0 - mean, -0.5 - mean, 2.0 - mean, 0.0], abs=1e-6)
    assert found[1].tolist() == pytest.approx([-1.0, 1.0, 0.0, 0.0], abs=1e-6)
    assert row_means(found, mask).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    wider = hindsight_advantage(old + difference, old, mask, limit=10.0)
    assert wider[1].tolist() == pytest.approx([-3.5, 3.5, 0.0, 0.0], abs=1e-6)
    assert hindsight_advantage(old - 0.75, old, mask).abs().max().item() < 1e-6, "all disliked alike says nothing"


def test_padding_never_counts_in_hindsight_not_even_as_nan() -> None:
    mask = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    hindsight = torch.tensor([[-1.0, -2.0, NAN], [NAN, -math.inf, 1.0]])
    found = hindsight_advantage(hindsight, torch.tensor([[-2.0, -2.0, -9.0], [0.0, -math.inf, NAN]]), mask)
    assert found.tolist() == [[0.5, -0.5, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("tail", [False, True])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_without_a_hint_there_is_neither_loss_nor_gradient_at_any_position(k, tail) -> None:
    old = distributions(4, 5, 8)
    moved = torch.log_softmax(old + distributions(4, 5, 8).flip(0), -1).requires_grad_()
    loss = topk_opd_loss(moved, old, old.clone(), top_tokens(old, k), tail=tail)
    loss.sum().backward()
    assert loss.abs().max().item() == 0.0
    assert moved.grad.abs().max().item() == 0.0
    assert topk_tail_kl(old, old.clone(), top_tokens(old, k)).abs().max().item() < 1e-6


def test_without_a_hint_every_advantage_and_divergence_is_zero() -> None:
    written, same, mask = distributions(3, 6), distributions(2, 5, 7), torch.ones(3, 6)
    assert opd_advantage(written, written.clone()).abs().max().item() == 0.0
    assert hindsight_advantage(written, written.clone(), mask).abs().max().item() == 0.0
    assert js_divergence(same, same.clone()).abs().max().item() < 1e-6
    no_hint = combined_advantage(opd_advantage(written, written), binary_advantage(t(1.0, -1.0, 0.0), mask))
    assert torch.equal(no_hint, binary_advantage(t(1.0, -1.0, 0.0), mask))


DISTRIBUTION_LOSSES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "topk_opd": lambda logp: topk_opd_loss(logp, OLD, TEACHER, TWO),
    "topk_opd_tail": lambda logp: topk_opd_loss(logp, OLD, TEACHER, TWO, tail=True),
    "hybrid": lambda logp: hybrid_loss(logp, OLD, TEACHER, torch.tensor([0]), t(-1.0), Hybrid(k=2)),
    "topk_tail_kl": lambda logp: topk_tail_kl(TEACHER, logp, TWO),
    "topk_tail_forward_kl": lambda logp: forward_kl(with_tail(TEACHER, TWO), with_tail(logp, TWO)),
    "js": lambda logp: js_divergence(TEACHER, logp),
}


@pytest.mark.parametrize("name", DISTRIBUTION_LOSSES)
def test_a_token_the_hint_speaks_against_loses_and_one_it_favours_gains(name) -> None:
    after = step(DISTRIBUTION_LOSSES[name])
    assert after[0] < 0.5 - 1e-3
    assert after[1] > 0.3 + 1e-3


@pytest.mark.parametrize("token", [0, 1])
def test_a_sampled_token_follows_the_sign_of_its_advantage(token) -> None:
    before = OLD[0, token].exp().item()
    old, teacher = OLD[:, token : token + 1], TEACHER[:, token : token + 1]
    after = step(lambda logp: clipped(logp[:, token], old[:, 0], opd_advantage(teacher, old)[:, 0]))[token]
    assert (after < before - 1e-3) if token == 0 else (after > before + 1e-3)


@pytest.mark.parametrize(("verdict", "direction"), [(1.0, 1), (-1.0, -1), (0.0, 0)])
def test_a_written_token_follows_the_verdict(verdict, direction) -> None:
    def loss(logp: torch.Tensor) -> torch.Tensor:
        mask = torch.ones(1, 1)
        return policy_loss(logp[:, :1], OLD[:, :1], binary_advantage(t(verdict), mask), OLD[:, :1], mask)

    moved = step(loss)[0] - 0.5
    assert moved == pytest.approx(0.0, abs=1e-6) if direction == 0 else moved * direction > 1e-3


def test_hindsight_lowers_the_token_the_follow_up_speaks_against() -> None:
    logits = OLD.expand(2, 3).clone().requires_grad_()
    logp = torch.log_softmax(logits, -1)
    ours = torch.stack([logp[0, 0], logp[1, 1]]).unsqueeze(0)
    hindsight = torch.stack([TEACHER[0, 0], TEACHER[0, 1]]).unsqueeze(0)
    old, mask = ours.detach(), torch.ones(1, 2)
    policy_loss(ours, old, hindsight_advantage(hindsight, old, mask), old, mask).sum().backward()
    after = torch.softmax(logits.detach() - 0.5 * logits.grad, -1)
    assert after[0, 0].item() < 0.5 - 1e-3
    assert after[1, 1].item() > 0.3 + 1e-3
