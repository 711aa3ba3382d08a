"""A whole decoder layer in one call of the native library."""

import weakref
from typing import Any

import torch
from torch import nn

from engine.int8.layers import FusedAttention, FusedMlp
from engine.int8.native import structures
from engine.int8.native_attention import NativeAttention
from engine.int8.rows import RowNorm
from engine.packed_pass import PackedPass

FUSED_LAYER = ("LlamaDecoderLayer", "MistralDecoderLayer", "Qwen2DecoderLayer")
"""Classes that differ in nothing but their attention and MLP."""


class FusedLayer(nn.Module):
    """
    A decoder layer with int8 weights.

    Args:
        source: the layer, whose attention, MLP and norms were replaced already.
    """

    def __init__(self, source: Any):
        super().__init__()
        self.self_attn: FusedAttention = source.self_attn
        self.mlp: FusedMlp = source.mlp
        self.input_layernorm: RowNorm = source.input_layernorm
        self.post_attention_layernorm: RowNorm = source.post_attention_layernorm

    def forward(self, hidden_states: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        """Hidden states [1, T, K] → [1, T, K]; in a native pass they are overwritten."""
        packed_pass = kwargs.get("packed_pass")
        if isinstance(packed_pass, PackedPass) and isinstance(packed_pass.attend, NativeAttention) and self.mlp.is_silu:
            return self._run_native(packed_pass, packed_pass.attend, hidden_states, *kwargs["position_embeddings"])
        attended, _ = self.self_attn(self.input_layernorm(hidden_states), **kwargs)
        hidden_states = hidden_states + attended
        output: torch.Tensor = hidden_states + self.mlp(self.post_attention_layernorm(hidden_states))
        return output

    def _run_native(
        self,
        packed_pass: PackedPass,
        attention: NativeAttention,
        hidden_states: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
    ) -> torch.Tensor:
        hidden_states = hidden_states.contiguous()
        layer, cache = self.self_attn.layer_idx, packed_pass.kv_cache
        run = attention.with_positions(cos, sin)
        attention.library.layer(layer_structure(self), run, hidden_states, cache.keys[layer], cache.values[layer])
        packed_pass.num_calls += 1
        return hidden_states


_structures: weakref.WeakKeyDictionary[FusedLayer, structures.Layer] = weakref.WeakKeyDictionary()
"""What the library reads of each layer; the layers' tensors never change places."""


def layer_structure(layer: FusedLayer) -> structures.Layer:
    """What the library reads of it."""
    if layer not in _structures:
        attention, mlp = layer.self_attn, layer.mlp
        _structures[layer] = structures.Layer(
            norm_structure(layer.input_layernorm),
            attention.qkv_proj.structure,
            attention.structure,
            attention.o_proj.structure,
            norm_structure(layer.post_attention_layernorm),
            mlp.gate_up_proj.structure,
            mlp.down_proj.structure,
        )
    return _structures[layer]


def norm_structure(norm: RowNorm) -> structures.Norm:
    """What the library reads of it."""
    return structures.Norm(norm.weight.data_ptr(), norm.epsilon)
