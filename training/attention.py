"""Causal attention for one pack of examples on a CPU, by whichever way is faster at its length."""

import torch
from torch import nn
from transformers import AttentionInterface

from training.packing import Pack

NAME = "cpu_training"
# Measured in bf16 for forward and backward: up to here plain products beat the fused kernel, whose
# backward pass is the slower one. They keep every layer's scores for it, the fused kernel does not.
LONGEST_PLAIN = 700


def attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    pack: Pack,
    **options,
) -> tuple[torch.Tensor, None]:
    """Attend. Query (1, H, T, D), key and value (1, G, T, D) → (1, T, H, D)."""
    key = key.repeat_interleave(module.num_key_value_groups, dim=1)
    value = value.repeat_interleave(module.num_key_value_groups, dim=1)
    prefix = pack.prefix
    parts = []
    # The prefix sees itself; every branch sees the prefix and itself.
    for start, end in zip([0, prefix, *pack.ends], [prefix, *pack.ends], strict=False):
        seen = min(start, prefix)
        keys = torch.cat((key[:, :, :seen], key[:, :, start:end]), dim=2)
        values = torch.cat((value[:, :, :seen], value[:, :, start:end]), dim=2)
        is_plain = query.requires_grad and end - start <= LONGEST_PLAIN
        attend_to = _attend_plainly if is_plain else _attend_fused
        parts.append(attend_to(query[:, :, start:end], keys, values, scaling))
    return torch.cat(parts, dim=2).transpose(1, 2).contiguous(), None


def _attend_fused(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float) -> torch.Tensor:
    """Attend from the last queries of a sequence: causal, aligned at the end."""
    if query.shape[2] == key.shape[2]:
        return nn.functional.scaled_dot_product_attention(query, key, value, scale=scaling, is_causal=True)
    return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=_hidden(query, key), scale=scaling)


def _attend_plainly(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float) -> torch.Tensor:
    """Attend as `_attend_fused` does, by products of matrices.

    The scores are as many as heads * queries * keys, so that every pass over them counts: scale and
    mask go into the product, and softmax takes them as they are; it sums in float32 anyway.
    """
    mask = _hidden(query, key).expand(query.shape[1], -1, -1)
    scores = torch.baddbmm(mask, query[0], key[0].transpose(1, 2), alpha=scaling)
    return (torch.softmax(scores, dim=-1) @ value[0])[None]


def _hidden(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """Return minus infinity where a key comes after a query, else 0. Shape: (queries, keys)."""
    shape = (query.shape[2], key.shape[2])
    seen = key.shape[2] - query.shape[2]
    return torch.full(shape, float("-inf"), dtype=query.dtype).triu_(seen + 1)


AttentionInterface.register(NAME, attend)
