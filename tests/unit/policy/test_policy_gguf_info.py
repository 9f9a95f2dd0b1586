"""Model files: good, bad, and not for learning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from assistant.errors import ModelUnusable
from assistant.paths import DataDir
from assistant.policy.gguf_info import GgufHeader, inspect

MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """A file with the header of a model and two small matrices."""

    def make(architecture: str = "llama", **extra: int | str) -> Path:
        path = tmp_path / f"{architecture}.gguf"
        writer = gguf.GGUFWriter(path, architecture)
        writer.add_name("Tiny")
        writer.add_context_length(512)
        writer.add_token_list(["<s>", "</s>", "a", "é"])
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(1)
        for key, value in extra.items():
            name = key.replace("__", ".")
            if isinstance(value, int):
                writer.add_uint32(name, value)
            else:
                writer.add_string(name, value)
        writer.add_tensor("blk.0.attn_q.weight", np.zeros((8, 32), np.float32))
        writer.add_tensor("output.weight", np.zeros((4, 32), np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    return make


def test_reads_what_a_model_says(make_model: MakeModel, data: DataDir) -> None:
    info = inspect(make_model(), data)
    assert (info.name, info.architecture, info.context_length) == ("Tiny", "llama", 512)
    assert (info.trainable, info.why_not) == (True, "")
    header = GgufHeader(info.path)
    assert header.tensors["blk.0.attn_q.weight"][0] == (32, 8)
    assert header.token_text("tokenizer.ggml.eos_token_id") == "</s>"
    assert header.token_text("tokenizer.ggml.unknown_token_id") == ""


def test_the_fingerprint_follows_the_content(make_model: MakeModel, data: DataDir) -> None:
    path = make_model()
    first = inspect(path, data)
    assert inspect(path, data).sha256 == first.sha256
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert inspect(path, data).sha256 != first.sha256


def test_a_broken_cache_of_fingerprints_does_no_harm(make_model: MakeModel, data: DataDir) -> None:
    path = make_model()
    first = inspect(path, data).sha256
    data.hash_cache.write_text("{not json")
    assert inspect(path, data).sha256 == first


@pytest.mark.parametrize(
    ("architecture", "extra", "reason"),
    [
        ("mamba", {}, "type mamba"),
        ("llama", {"llama__expert_count": 8}, "mixture"),
        ("qwen3", {"qwen3__attention__key_length": 64}, "head size"),
    ],
)
def test_says_why_a_model_cannot_learn(
    make_model: MakeModel, data: DataDir, architecture: str, extra: dict[str, int], reason: str
) -> None:
    info = inspect(make_model(architecture, **extra), data)
    assert not info.trainable
    assert reason in info.why_not
    assert "chatting works" in info.why_not


def test_missing_file(data: DataDir, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="no model file"):
        inspect(tmp_path / "none.gguf", data)


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04" + b"x" * 100])
def test_other_files(data: DataDir, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnusable, match="not a GGUF"):
        inspect(path, data)


def test_every_cut_is_noticed(make_model: MakeModel, data: DataDir, tmp_path: Path) -> None:
    whole = make_model().read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in range(24, len(whole) - 1, 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelUnusable):
            inspect(cut, data)


def test_an_adapter_is_no_model(data: DataDir, tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_tensor("x", np.zeros(4, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelUnusable, match="no language model"):
        inspect(path, data)
