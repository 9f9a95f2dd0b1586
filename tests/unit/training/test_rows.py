"""Batches: every reply token is predicted by the position before it, whatever the padding."""

import pytest
import torch

from training.rows import Row, collate, micro_batches


def test_positions_predict_the_next_token() -> None:
    batch = collate([([5, 6, 7], [8, 9]), ([1], [2, 3, 4])])
    for row in range(2):
        for place in range(int(batch.mask_NR[row].sum())):
            position = batch.positions_NR[row, place]
            assert batch.tokens_NT[row, position + 1] == batch.reply_NR[row, place]


def test_padding_is_masked() -> None:
    batch = collate([([5, 6, 7], [8, 9]), ([1], [2])])
    assert batch.mask_NR.tolist() == [[1.0, 1.0], [1.0, 0.0]]
    assert batch.attention_NT.sum(1).tolist() == [5, 2]


@pytest.mark.parametrize("pair", [([], [1]), ([1], [])])
def test_nothing_to_predict_is_refused(pair) -> None:
    with pytest.raises(ValueError, match="at least one"):
        collate([pair])


def test_micro_batches_keep_every_row_once_and_group_by_length() -> None:
    rows = [Row("practice", (1,) * n, (1,) * n, (2,)) for n in (9, 2, 7, 3, 8)]
    groups = list(micro_batches(rows, 2))
    assert sorted(row.length for group in groups for row in group) == [3, 4, 8, 9, 10]
    assert [len(group) for group in groups] == [2, 2, 1]
    assert groups[0][-1].length <= groups[1][0].length


def test_ids_survive_as_they_are() -> None:
    batch = collate([([49151, 0], [1])])
    assert batch.tokens_NT.dtype == torch.long
    assert batch.tokens_NT[0].tolist() == [49151, 0, 1]
