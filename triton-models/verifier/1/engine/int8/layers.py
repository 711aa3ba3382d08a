"""A decoder layer's attention and MLP with one product for what reads the same rows."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from engine.int8.linear import Int8Linear
from engine.int8.native import structures
from engine.int8.rows import ElementwiseActivation, padded_length

FUSED_ATTENTION = ("LlamaAttention", "MistralAttention", "Qwen2Attention")
"""Classes that differ in nothing that a FusedAttention does not read from them."""

FUSED_MLP = ("LlamaMLP", "MistralMLP", "Qwen2MLP")


class FusedAttention(nn.Module):
    """Attention with rotary positions; query, key and value come out of one product."""

    def __init__(self, source: Any):
        super().__init__()
        self.config = source.config
        self.layer_idx = source.layer_idx
        # Some families have windows in some layers, others one for all.
        of_all = getattr(source.config, "sliding_window", None)
        self.sliding_window = getattr(source, "sliding_window", of_all)
        self.num_key_value_groups = source.num_key_value_groups
        self.scaling = source.scaling
        self._head_dim = source.head_dim
        self._num_heads = source.config.num_attention_heads
        projections = (source.q_proj, source.k_proj, source.v_proj)
        self.qkv_proj = Int8Linear(*_joined(projections))
        self.o_proj = Int8Linear(source.o_proj.weight, source.o_proj.bias)

    @property
    def structure(self) -> structures.Attention:
        """What the native library reads of it."""
        num_kv_heads = self._num_heads // self.num_key_value_groups
        dim, window = self._head_dim, self.sliding_window or 0
        return structures.Attention(self._num_heads, num_kv_heads, dim, dim, window, self.scaling)

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """As the attention that it was made of: hidden states [1, T, K] → [1, T, K]; keys are never cached here."""
        shape = hidden_states.shape[:-1]
        heads = self.qkv_proj(hidden_states).view(*shape, -1, self._head_dim).transpose(1, 2)
        num_kv_heads = (heads.shape[1] - self._num_heads) // 2
        rotated = rotate(heads[:, :-num_kv_heads], *position_embeddings)
        attend = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        output, weights = attend(
            self,
            rotated[:, : self._num_heads],
            rotated[:, self._num_heads :],
            heads[:, -num_kv_heads:],
            attention_mask,
            dropout=0.0,
            scaling=self.scaling,
            sliding_window=self.sliding_window,
            **kwargs,
        )
        return self.o_proj(output.reshape(*shape, -1)), weights


class FusedMlp(nn.Module):
    """A gated MLP; gate and up come out of one product, padded to whole vectors."""

    def __init__(self, source: Any):
        super().__init__()
        length = source.gate_proj.out_features
        padding = padded_length(length) - length
        weight, bias = _joined((source.gate_proj, source.up_proj), padding)
        self.gate_up_proj = Int8Linear(weight, bias)
        down = functional.pad(source.down_proj.weight, (0, padding))
        self.down_proj = Int8Linear(down, source.down_proj.bias)
        self.act_fn = ElementwiseActivation(source.act_fn)

    @property
    def is_silu(self) -> bool:
        """Whether its activation is the one that the native library has."""
        return type(self.act_fn.function).__name__ in ("SiLU", "SiLUActivation")

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., K] → [..., K]."""
        gate, up = self.gate_up_proj(hidden).chunk(2, -1)
        output: torch.Tensor = self.down_proj(self.act_fn(gate).mul_(up))
        return output


def rotate(heads: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary positions: heads [1, H, T, D], cosines and sines [1, T, D]."""
    first, second = heads.chunk(2, -1)
    # Products and sums by separate operations: fused ones round once in some lanes and twice in others.
    return (heads * cos[:, None]).add_(torch.cat((-second, first), -1).mul_(sin[:, None]))


def _joined(layers: tuple[Any, ...], padding: int = 0) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weights and biases of several linear layers one below the other, each with rows of zeros behind it."""
    weight = torch.cat([functional.pad(layer.weight, (0, 0, 0, padding)) for layer in layers])
    if layers[0].bias is None:
        return weight, None
    return weight, torch.cat([functional.pad(layer.bias, (0, padding)) for layer in layers])
