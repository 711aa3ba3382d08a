"""A model's layers replaced by those with int8 weights. On the meta device this makes the structure alone."""

from typing import Any

from torch import nn
from transformers.activations import ACT2CLS
from transformers.pytorch_utils import Conv1D

from engine.int8.decoder_layer import FUSED_LAYER, FusedLayer
from engine.int8.layers import FUSED_ATTENTION, FUSED_MLP, FusedAttention, FusedMlp
from engine.int8.linear import Int8Embedding, Int8Head, Int8Linear
from engine.int8.rows import ElementwiseActivation, PositionTable, RowNorm

ROW_NORMS = ("LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm")
ACTIVATIONS = tuple(entry[0] if isinstance(entry, tuple) else entry for entry in ACT2CLS.values())


def to_int8(model: Any) -> Any:
    """
    The model itself, changed; what lies between its layers stays float32.

    All layers take wide activations. On code that training never saw, 8 bits chose another token than float32 at 12.2 %
    of 543 places with SmolLM2-135M and at 4.1 % of 2,945 with Qwen2.5-Coder-0.5B, 15 bits at 4.4 % and 1.7 %. With
    Qwen2.5-Coder 8 bits for one kind of layer alone chose another at 2.9 % (`down_proj`), 2.6 % (query, key and value)
    and 2.4 % (head), for the others at 1.8 to 1.9 %; with SmolLM2 at 4.2 to 7.6 %, most for query, key and value. The
    highest peaks are in the inputs of `down_proj`. `npm run bench:quality` measures this.
    """
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    is_tied = head.weight is embedding.weight
    int8_head = Int8Head(head.weight, head.bias)
    own = int8_head if is_tied else Int8Linear(embedding.weight)
    model.set_output_embeddings(int8_head)
    model.set_input_embeddings(Int8Embedding(own.weight, own.scales))
    _replace_children(model)
    return model


def is_int8(model: Any) -> bool:
    """Whether the model was changed by `to_int8`."""
    return isinstance(model.get_output_embeddings(), Int8Linear)


def _replace_children(parent: nn.Module) -> None:
    for name, child in parent.named_children():
        replacement = _replacement(name, child)
        if replacement is None:
            _replace_children(child)
        else:
            setattr(parent, name, replacement)


def _replacement(name: str, child: Any) -> nn.Module | None:
    kind = type(child).__name__
    if kind in FUSED_ATTENTION:
        return FusedAttention(child)
    if kind in FUSED_MLP:
        return FusedMlp(child)
    if kind in FUSED_LAYER:
        _replace_children(child)
        return FusedLayer(child)
    if kind in ROW_NORMS:
        return RowNorm(child.weight, child.variance_epsilon)
    if isinstance(child, nn.Linear):
        return Int8Linear(child.weight, child.bias)
    if isinstance(child, Conv1D):
        return Int8Linear(child.weight.t(), child.bias)
    if isinstance(child, ACTIVATIONS):
        return ElementwiseActivation(child)
    return PositionTable(child) if name == "rotary_emb" else None
