"""Decoding: the cache that grows in place, the merged adapter, stragglers, and states that are read once."""

import pytest
import torch

from training import lora
from training.forward import read, reply_logp, target_logp
from training.kv_cache import ROOM_TOKENS, growing
from training.prefill import prefill
from training.rows import Row, collate
from training.sampler import Sampling, sample
from training.selftest import tiny_model
from training.trainer import TrainConfig, Trainer

PROMPTS = [[5, 6, 7, 8], [9, 10], [11, 12, 13, 14, 15, 16]]


@pytest.fixture
def model():
    torch.manual_seed(3)
    made = tiny_model()
    with torch.no_grad():
        for weight in lora.parameters(made):
            weight.normal_(std=0.2)
    return made


def test_a_growing_cache_holds_what_was_put_in_also_past_its_room(model) -> None:
    cache = growing(prefill(model.get_base_model(), PROMPTS).cache, torch.tensor([2, 0]))
    layer = cache.layers[1]
    wanted = layer.keys.clone()
    for _ in range(ROOM_TOKENS + 3):
        new = torch.randn(2, wanted.shape[1], 1, wanted.shape[3])
        keys, values = cache.update(new, -new, 1)
        wanted = torch.cat([wanted, new], dim=2)
    assert torch.equal(keys, wanted)
    assert torch.equal(values[:, :, -1:], -new)
    long = torch.randn(2, wanted.shape[1], ROOM_TOKENS * 2, wanted.shape[3])
    assert torch.equal(cache.update(long, long, 1)[0], torch.cat([wanted, long], dim=2))


def test_rows_that_leave_do_not_disturb_the_others(model) -> None:
    cache = growing(prefill(model.get_base_model(), PROMPTS).cache, torch.tensor([0, 1, 2]))
    kept = cache.layers[0].keys[[2, 0]].clone()
    cache.batch_select_indices(torch.tensor([2, 0]))
    assert torch.equal(cache.layers[0].keys, kept)


def test_the_merged_model_computes_the_same_and_leaves_the_base_as_it_was(model) -> None:
    batch = collate([(PROMPTS[0], [3, 4, 5])])
    before, base = reply_logp(model, batch), reply_logp(model, batch, adapter=False)
    with lora.merged(model), torch.no_grad():
        inside = model.get_base_model()(input_ids=torch.tensor([[*PROMPTS[0], 3, 4]])).logits[0, -3:]
    assert torch.allclose(torch.log_softmax(inside, -1), before, atol=1e-5)
    assert not torch.allclose(before, base, atol=1e-2)
    assert torch.equal(reply_logp(model, batch, adapter=False), base)
    assert torch.equal(reply_logp(model, batch), before)


def test_a_broken_off_merge_leaves_the_base_as_it_was(model) -> None:
    base = reply_logp(model, collate([(PROMPTS[0], [3])]), adapter=False)
    with pytest.raises(KeyboardInterrupt), lora.merged(model):
        raise KeyboardInterrupt
    assert torch.equal(reply_logp(model, collate([(PROMPTS[0], [3])]), adapter=False), base)


def test_stragglers_are_cut_unfinished_and_nobody_else(model) -> None:
    prompts = [prompt for prompt in PROMPTS for _ in range(4)]
    ends = list(range(0, 64, 4))
    whole = sample(model, prompts, ends, Sampling(max_tokens=40, seed=1))
    longest = sorted(len(one.token_ids) for one in whole)
    assert longest[-1] > longest[-3], "this seed shows nothing"
    cut = sample(model, prompts, ends, Sampling(max_tokens=40, seed=1, stragglers=2 / 12))
    assert sum(not one.finished for one in cut) in (1, 2)
    assert max(len(one.token_ids) for one in cut) < longest[-1]


def test_states_kept_while_sampling_or_reading_give_the_teachers_distribution(model) -> None:
    for one, prompt in zip(sample(model, PROMPTS, [2], Sampling(max_tokens=5, seed=1)), PROMPTS, strict=True):
        target = reply_logp(model, collate([(prompt, one.token_ids)]), adapter=False)
        seen = read(model, [(prompt, one.token_ids)])[0].hidden_RH
        assert torch.allclose(target_logp(model, one.hidden_RH), target, atol=1e-5)
        assert torch.allclose(target_logp(model, seen), target, atol=1e-5)


def test_a_trainer_that_is_given_the_states_trains_as_one_that_reads_them() -> None:
    ends = []
    for given in (False, True):
        torch.manual_seed(0)
        model = tiny_model()
        rows = [Row("practice", (4, 5, 6), (4, 5, 6, 7), (8, 9, 2)), Row("replay", (4, 9), (4, 9), (10, 2))]
        read_before = read(model, [(row.teacher_prompt, row.reply) for row in rows])
        known = {rows[0]: read_before[0].hidden_RH, rows[1]: read_before[1].hidden_RH} if given else None
        trainer = Trainer(model, TrainConfig(), lambda done, total: None, teacher=known)
        ends.append(trainer.train(rows).losses)
    assert ends[0] == pytest.approx(ends[1], abs=1e-5)
