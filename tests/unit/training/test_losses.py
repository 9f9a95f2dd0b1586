"""Losses against values worked out by hand on a vocabulary of two or three tokens."""

import math

import pytest
import torch

from training.losses import chosen, forward_kl, k3, reverse_kl, row_means, sharpened, spread, weighted_mean


def logp(*probabilities: float) -> torch.Tensor:
    return torch.tensor([[list(probabilities)]]).log()


def test_forward_kl_by_hand() -> None:
    teacher, student = logp(0.5, 0.25, 0.25), logp(0.25, 0.25, 0.5)
    by_hand = 0.5 * math.log(2) + 0.25 * math.log(1) + 0.25 * math.log(0.5)
    assert forward_kl(teacher, student).item() == pytest.approx(by_hand, abs=1e-6)


def test_reverse_kl_is_forward_kl_with_the_roles_changed() -> None:
    teacher, student = logp(0.7, 0.2, 0.1), logp(0.1, 0.3, 0.6)
    by_hand = 0.1 * math.log(0.1 / 0.7) + 0.3 * math.log(0.3 / 0.2) + 0.6 * math.log(0.6 / 0.1)
    assert reverse_kl(teacher, student).item() == pytest.approx(by_hand, abs=1e-6)
    assert reverse_kl(teacher, student).item() == pytest.approx(forward_kl(student, teacher).item(), abs=1e-6)


@pytest.mark.parametrize("loss", [forward_kl, reverse_kl])
def test_equal_distributions_cost_nothing(loss) -> None:
    same = torch.log_softmax(torch.randn(2, 5, 7), -1)
    assert loss(same, same.clone()).abs().max().item() < 1e-6


def test_a_token_the_hint_speaks_against_loses_probability() -> None:
    logits = torch.zeros(1, 1, 3, requires_grad=True)
    teacher = logp(0.05, 0.475, 0.475)
    forward_kl(teacher, torch.log_softmax(logits, -1)).sum().backward()
    after = torch.softmax(logits - 0.5 * logits.grad, -1)[0, 0]
    assert after[0].item() < 1 / 3
    assert after[1].item() > 1 / 3


def test_k3_by_hand_and_never_negative() -> None:
    reference, policy = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -1.0]])
    by_hand = [math.exp(0.5) - 0.5 - 1, math.exp(-1.0) + 1.0 - 1]
    assert k3(reference, policy)[0].tolist() == pytest.approx(by_hand, abs=1e-6)
    assert k3(torch.randn(4, 9), torch.randn(4, 9)).min().item() >= 0


def test_k3_is_clamped_where_a_probability_vanished() -> None:
    assert math.isfinite(k3(torch.tensor([[-1.0]]), torch.tensor([[-1e9]])).item())


def test_means_are_per_row_so_that_long_replies_do_not_outweigh_short_ones() -> None:
    per_token = torch.tensor([[2.0, 2.0, 2.0, 2.0], [4.0, 9.0, 9.0, 9.0]])
    mask = torch.tensor([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0]])
    assert row_means(per_token, mask).tolist() == [2.0, 4.0]


def test_a_sharpened_target_by_hand() -> None:
    teacher = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]).log()
    found = sharpened(teacher, torch.tensor([1, 2]), 0.2).exp()
    assert found[0].tolist() == pytest.approx([0.4, 0.4, 0.2], abs=1e-6)
    assert found[1].tolist() == pytest.approx([0.08, 0.08, 0.84], abs=1e-6)
    assert torch.equal(sharpened(teacher, torch.tensor([1, 2]), 0.0), teacher)


def test_values_go_back_to_their_rows() -> None:
    mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    values = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], requires_grad=True)
    assert spread(values, mask).tolist() == [[1.0, 2.0, 0.0], [3.0, 0.0, 0.0], [4.0, 5.0, 6.0]]
    spread(values, mask)[2].sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


def test_a_row_without_reply_tokens_is_zero_not_nan() -> None:
    assert row_means(torch.ones(1, 3), torch.zeros(1, 3)).tolist() == [0.0]


def test_a_small_weight_counts_less_also_alone() -> None:
    assert weighted_mean(torch.tensor([4.0]), torch.tensor([0.25])).item() == 1.0
    assert weighted_mean(torch.tensor([4.0, 2.0]), torch.tensor([1.0, 0.5])).item() == 2.5


def test_chosen_picks_the_given_tokens() -> None:
    table = torch.log_softmax(torch.randn(2, 3, 5), -1)
    tokens = torch.tensor([[0, 4, 2], [1, 1, 3]])
    assert chosen(table, tokens)[1, 2].item() == table[1, 2, 3].item()
