"""The weights that Redraft serves, its adapter merged, in the forms that other programs read.

python peer_weights.py MODEL GGUF FOLDER

Writes FOLDER/merged, a Hugging Face directory in float32, and FOLDER/merged-q8_0.gguf for llama.cpp: 8 bits, as `int8`
has them here. GGUF is the file that the model was converted from; hyperparameters and tokenizer are copied from it, and
its number format, such as Q4_K_M, is printed.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gguf import (
    GGMLQuantizationType,
    GGUFReader,
    GGUFValueType,
    GGUFWriter,
    LlamaFileType,
    get_tensor_name_map,
    quants,
)
from gguf.constants import MODEL_ARCH_NAMES

from engine.config import EngineConfig
from engine.loader import load_model
from engine.model_source import adapter_directory, model_directory

Floats = npt.NDArray[np.float32]


def half_interleaved(weight: Floats, num_heads: int) -> Floats:
    """Rows of each head as llama.cpp rotates them for Llama: pairs side by side, where Hugging Face has halves."""
    rows, columns = weight.shape
    halves = weight.reshape(num_heads, 2, rows // num_heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def encoded(weight: Floats) -> tuple[npt.NDArray[Any], GGMLQuantizationType]:
    """Matrices in Q8_0: blocks of 32 numbers with a scale; the rest, norms and biases, as it is."""
    if weight.ndim < 2:
        return weight, GGMLQuantizationType.F32
    return quants.quantize(weight, GGMLQuantizationType.Q8_0), GGMLQuantizationType.Q8_0


def write_q8_0(model: Any, source: GGUFReader, target: Path) -> None:
    """
    Writes a model with `source`'s metadata.

    Raises:
        ValueError: GGUF has no name for a weight of this architecture.
    """
    architecture = source.fields["general.architecture"].contents()
    writer = GGUFWriter(target, architecture)
    _copy_metadata(source, writer)
    config = model.config
    names = get_tensor_name_map(_architecture(architecture), config.num_hidden_layers)
    heads = {"q_proj.weight": config.num_attention_heads, "k_proj.weight": config.num_key_value_heads}
    for full_name, tensor in model.state_dict().items():
        if full_name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        name = names.get_name(full_name, (".weight", ".bias"))
        if name is None:
            raise ValueError(f"{full_name}: expected a name in GGUF's {architecture}, got none")
        weight = tensor.float().numpy()
        num_heads = heads.get(".".join(full_name.split(".")[-2:]))
        if architecture == "llama" and num_heads:
            weight = half_interleaved(weight, num_heads)
        data, kind = encoded(np.ascontiguousarray(weight))
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _architecture(name: str) -> Any:
    return next(key for key, value in MODEL_ARCH_NAMES.items() if value == name)


def _copy_metadata(source: GGUFReader, writer: GGUFWriter) -> None:
    for name, field in source.fields.items():
        # The writer has these itself.
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        item_type = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=item_type)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)


def main() -> None:
    """The command line."""
    name, gguf, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    config = EngineConfig(model=name)
    model = load_model(model_directory(config), adapter_directory(config), torch.float32, torch.device("cpu"))
    model.save_pretrained(folder / "merged")
    source = GGUFReader(gguf)
    write_q8_0(model, source, folder / "merged-q8_0.gguf")
    print(LlamaFileType(source.fields["general.file_type"].contents()).name.removeprefix("MOSTLY_"))


if __name__ == "__main__":
    main()
