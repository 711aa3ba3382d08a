"""Causal attention for one pack of examples on a CPU, by whichever way is faster at its length."""

import torch
from torch import nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from training.packing import Pack

NAME = "cpu_training"
# Measured in bf16 for forward and backward: up to here plain products beat the fused kernel.
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
    if len(pack.ends) == 1 and query.shape[2] > LONGEST_PLAIN:
        return sdpa_attention_forward(
            module, query, key, value, None, scaling=scaling, is_causal=True
        )
    key = key.repeat_interleave(module.num_key_value_groups, dim=1)
    value = value.repeat_interleave(module.num_key_value_groups, dim=1)
    prefix = pack.prefix
    parts = []
    # The prefix sees itself; every branch sees the prefix and itself.
    for start, end in zip([0, prefix, *pack.ends], [prefix, *pack.ends], strict=False):
        seen = min(start, prefix)
        keys = torch.cat((key[:, :, :seen], key[:, :, start:end]), dim=2)
        values = torch.cat((value[:, :, :seen], value[:, :, start:end]), dim=2)
        parts.append(_attend_plainly(query[:, :, start:end], keys, values, scaling))
    return torch.cat(parts, dim=2).transpose(1, 2).contiguous(), None


def _attend_plainly(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
) -> torch.Tensor:
    """Attend from the last queries of a sequence: causal, aligned at the end."""
    seen = key.shape[2] - query.shape[2]
    shape = (query.shape[2], key.shape[2])
    hidden = torch.full(shape, float("-inf"), dtype=query.dtype).triu_(seen + 1)
    scores = query @ key.transpose(2, 3) * scaling + hidden
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype) @ value


AttentionInterface.register(NAME, attend)
