"""Integer weights in the user's cache: quantised once, then mapped into memory as they are used."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from engine.builtin_model import default_directory
from engine.int8.convert import to_int8
from engine.int8.rows import PositionTable

logger = logging.getLogger(__name__)

# To be raised whenever what `to_int8` makes of a model changes.
REVISION = 1

_KEY = "@"


def load_int8(directory: Path, adapter: Path | None, load: Callable[[], Any]) -> Any:
    """
    The model of the directory with integer weights, from the cache where it has them.

    Args:
        load: the model in float32, with the adapter in its weights.
    """
    file = weights_file(directory, adapter)
    if file.is_file():
        return _mapped(directory, file)
    model = to_int8(load())
    try:
        _write(model, file)
    except OSError as error:
        # The next start quantises again.
        logger.warning("the integer weights cannot be kept in %s: %s", file.parent, error)
        return model
    logger.info("%s: wrote the integer weights", file)
    _remove_outdated(file)
    # What is mapped needs no memory of its own, so the float32 weights may go.
    del model
    return _mapped(directory, file)


def weights_file(directory: Path, adapter: Path | None) -> Path:
    """Where the weights are kept; another ending for any other files or revision."""
    sources = [file for root in (directory, adapter) if root for file in sorted(root.iterdir()) if _matters(file)]
    stats = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in sources]
    key = hashlib.sha256(repr((REVISION, stats)).encode()).hexdigest()[:16]
    sources_named = "+".join(root.resolve().name for root in (directory, adapter) if root)
    return default_directory("int8") / f"{sources_named}{_KEY}{key}.safetensors"


def _matters(file: Path) -> bool:
    return file.suffix in (".safetensors", ".json") and file.is_file()


def _write(model: Any, file: Path) -> None:
    """Writes the weights; a reader never sees half of them."""
    kept: dict[int, tuple[str, torch.Tensor]] = {}
    for name, tensor in model.state_dict().items():
        # The embedding of most models is the head itself.
        kept.setdefault(tensor.data_ptr(), (name, tensor.contiguous()))
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-")
    os.close(descriptor)
    try:
        save_file(dict(kept.values()), temporary)
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _remove_outdated(file: Path) -> None:
    """Removes what was made of the same model and adapter as they were before; who has it mapped keeps it."""
    name, _, _ = file.name.rpartition(_KEY)
    for other in file.parent.iterdir():
        if other != file and other.name.rpartition(_KEY)[0] == name:
            other.unlink(missing_ok=True)


def _mapped(directory: Path, file: Path) -> Any:
    config = AutoConfig.from_pretrained(directory, local_files_only=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model = to_int8(model.eval().requires_grad_(False))
    weights = load_file(file)
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    is_tied = head.weight is embedding.weight
    model.load_state_dict(weights, strict=False, assign=True)
    if is_tied:
        # One of the two was written, by whichever name came first.
        full, empty = (head, embedding) if embedding.weight.is_meta else (embedding, head)
        empty.weight, empty.scales = full.weight, full.scales
    for module in model.modules():
        if isinstance(module, PositionTable):
            module.materialise(config)
    return model
