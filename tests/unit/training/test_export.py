"""The adapter file: order of rows, names, metadata, tensors."""

import gguf
import numpy as np
import pytest
import torch

from training import lora
from training.export import gguf_name, permute_rows, write_adapter
from training.selftest import tiny_model

HEADS, KV_HEADS, HEAD_SIZE = 4, 2, 8


def inverse(weight: np.ndarray, heads: int) -> np.ndarray:
    """What transformers does to the q and k rows of a Llama file (`LlamaTensorProcessor`), by index."""
    size = weight.shape[0] // heads
    order = [head * size + row for head in range(heads) for row in [*range(0, size, 2), *range(1, size, 2)]]
    return weight[order]


def test_rows_of_each_head_are_interleaved_from_its_two_halves() -> None:
    rows = np.array([[0], [1], [2], [3], [4], [5], [10], [11], [12], [13], [14], [15]])
    expected = [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15]
    assert permute_rows(rows, heads=2)[:, 0].tolist() == expected


def test_a_row_moves_as_a_whole() -> None:
    rows = np.array([[1, 2], [3, 4], [5, 6], [7, 8]])
    assert permute_rows(rows, heads=1).tolist() == [[1, 2], [5, 6], [3, 4], [7, 8]]


@pytest.mark.parametrize("heads", [1, 2, 3, 8])
def test_the_known_inverse_gives_the_original_back(heads: int) -> None:
    weight = np.random.default_rng(heads).normal(size=(heads * 16, 5))
    there = permute_rows(weight, heads)
    assert not np.array_equal(there, weight)
    assert np.array_equal(inverse(there, heads), weight)


@pytest.mark.parametrize(("rows", "heads"), [(10, 4), (12, 4), (6, 2)])
def test_rows_that_are_no_even_heads_are_refused(rows: int, heads: int) -> None:
    with pytest.raises(ValueError, match=f"{rows} rows do not divide into {heads} heads"):
        permute_rows(np.zeros((rows, 3)), heads)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("model.layers.0.self_attn.q_proj.lora_A", "blk.0.attn_q.weight.lora_a"),
        ("model.layers.1.self_attn.k_proj.lora_B", "blk.1.attn_k.weight.lora_b"),
        ("model.layers.2.self_attn.v_proj.lora_A", "blk.2.attn_v.weight.lora_a"),
        ("model.layers.31.self_attn.o_proj.lora_B", "blk.31.attn_output.weight.lora_b"),
        ("model.layers.4.mlp.gate_proj.lora_A", "blk.4.ffn_gate.weight.lora_a"),
        ("model.layers.5.mlp.up_proj.lora_B", "blk.5.ffn_up.weight.lora_b"),
        ("model.layers.6.mlp.down_proj.lora_A", "blk.6.ffn_down.weight.lora_a"),
    ],
)
def test_names(key: str, name: str) -> None:
    assert gguf_name(key) == name


@pytest.mark.parametrize(
    "key",
    [
        "lm_head.lora_A",
        "model.embed_tokens.lora_A",
        "model.layers.0.self_attn.qkv_proj.lora_A",
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.0.self_attn.q_proj.lora_A.default.weight",
        "model.layers.0.self_attn.q_proj.lora_magnitude_vector",
    ],
)
def test_a_tensor_without_a_place_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no place for"):
        gguf_name(key)


def random_state(architecture: str = "llama") -> dict[str, torch.Tensor]:
    """All 28 tensors of a two-layer model with 4 and 2 heads of size 8."""
    model = tiny_model(architecture)
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in lora.parameters(model):
            weight.normal_()
    return lora.state(model)


def write(path, tensors, architecture) -> gguf.GGUFReader:
    write_adapter(path, tensors, architecture=architecture, alpha=8.0, heads=HEADS, kv_heads=KV_HEADS)
    return gguf.GGUFReader(path)


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_the_metadata_is_what_llama_cpp_asks_for(tmp_path, architecture: str) -> None:
    fields = write(tmp_path / "adapter.gguf", random_state(), architecture).fields
    assert {name: field.contents() for name, field in fields.items() if not name.startswith("GGUF.")} == {
        "general.type": "adapter",
        "general.architecture": architecture,
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    assert fields["adapter.lora.alpha"].types == [gguf.GGUFValueType.FLOAT32]


@pytest.mark.parametrize(
    ("architecture", "moved"),
    [
        ("llama", {"q_proj": HEADS, "k_proj": KV_HEADS}),
        ("mistral", {"q_proj": HEADS, "k_proj": KV_HEADS}),
        ("qwen2", {}),
    ],
)
def test_only_b_of_q_and_k_changes_and_only_where_rows_are_interleaved(tmp_path, architecture: str, moved) -> None:
    tensors = random_state()
    written = {t.name: t.data for t in write(tmp_path / "adapter.gguf", tensors, architecture).tensors}
    assert len(tensors) == 2 * 7 * 2
    assert sorted(written) == sorted(gguf_name(key) for key in tensors)
    for key, tensor in tensors.items():
        array, module = written[gguf_name(key)], key.split(".")[-2]
        assert array.dtype == np.float32
        if key.endswith("lora_B") and module in moved:
            assert not np.array_equal(array, tensor.numpy()), key
            array = inverse(array, moved[module])
        assert np.array_equal(array, tensor.numpy()), key


def test_half_precision_tensors_are_written_as_float32(tmp_path) -> None:
    tensors = {key: tensor.bfloat16() for key, tensor in random_state("qwen2").items()}
    reader = write(tmp_path / "adapter.gguf", tensors, "qwen2")
    assert {t.tensor_type for t in reader.tensors} == {gguf.GGMLQuantizationType.F32}
    written = {t.name: t.data for t in reader.tensors}
    assert all(np.array_equal(written[gguf_name(key)], tensor.float().numpy()) for key, tensor in tensors.items())


def test_heads_that_do_not_fit_the_tensors_are_refused(tmp_path) -> None:
    tensors = random_state()
    with pytest.raises(ValueError, match="rows do not divide"):
        write_adapter(
            tmp_path / "adapter.gguf", tensors, architecture="llama", alpha=8.0, heads=HEADS, kv_heads=KV_HEADS + 1
        )
