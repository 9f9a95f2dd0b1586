"""The base model as torch sees it: dense weights decoded from the very GGUF file that is served.

transformers decodes the file once (its loader walks the vocabulary in Python, seconds); the decoded weights are
kept as safetensors in the data directory, keyed by the file's hash, and mapped from there afterwards. A model
loaded straight from GGUF carries its quantiser and refuses to be trained or saved, a model read from the cache
does not. Nothing here knows about lessons or losses.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from assistant.errors import ModelUnusable
from assistant.paths import DataDir

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

PERMUTED_ARCHITECTURES = frozenset({"llama", "mistral"})
"""Architectures whose q/k rows llama.cpp stores interleaved, see `training.export`."""


def load_dense(gguf: Path, sha256: str, data: DataDir, dtype: torch.dtype) -> PreTrainedModel:
    """The base model with dense weights in `dtype`, frozen, in eval mode.

    Args:
        gguf: the served model file.
        sha256: its hash, which names the cache folder.
        data: where the cache lies.
        dtype: torch.float32, or torch.bfloat16 where the processor has it.

    Raises:
        ModelUnusable: transformers cannot decode this architecture or file.
    """
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = dense_folder(data, sha256)
    if not (folder / "READY").exists():
        _decode(gguf, folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    model.requires_grad_(False)
    return model.eval()


def dense_folder(data: DataDir, sha256: str) -> Path:
    """Where what is derived from a model file alone is kept."""
    return data.root / "cache" / f"dense-{sha256[:16]}"


def _decode(gguf: Path, folder: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    try:
        with _read_once():
            model = AutoModelForCausalLM.from_pretrained(
                str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32, local_files_only=True
            )
    except (ValueError, NotImplementedError, KeyError, OSError) as error:
        raise ModelUnusable(f"this model cannot be trained here: {str(error).splitlines()[0]}") from error
    making = folder.with_name(folder.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    tensors = {name: t.contiguous() for name, t in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        tensors.pop("lm_head.weight", None)
    save_file(tensors, making / "model.safetensors", metadata={"format": "pt"})
    config = model.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.save_pretrained(making)
    (making / "READY").touch()
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(making, folder)


@contextmanager
def _read_once() -> Iterator[None]:
    """Lets transformers read the file and the table of tensor names once.

    WORKAROUND(transformers 5.23, `modeling_gguf_pytorch_utils`): it parses the whole file twice, the vocabulary string
    by string, and makes the table of names anew for every module of the model; half of the time of a load.
    """
    import gguf

    with (
        patch("gguf.GGUFReader", cache(gguf.GGUFReader)),
        patch("gguf.get_tensor_name_map", cache(gguf.get_tensor_name_map)),
    ):
        yield
