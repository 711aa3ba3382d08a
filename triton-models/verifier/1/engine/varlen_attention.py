"""Attention of a packed pass by one call of a variable-length kernel: CUDA, bfloat16 or float16."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.kv_cache import slot_indices
from engine.packed_pass import AttentionBackend
from engine.scheduler import Chunk


@dataclass(frozen=True, slots=True, eq=False)
class VarlenMetadata:
    """What the kernel needs beside query, keys and values; the same for every layer of a pass."""

    key_slots: torch.Tensor
    """Slot of every key of every chunk, back to back. Shape: [sum of S], int64."""

    cu_seqlens_q: torch.Tensor
    """Start of each chunk's queries among the packed ones, then T. Shape: [N + 1], int32."""

    cu_seqlens_k: torch.Tensor
    """The same for the gathered keys. Shape: [N + 1], int32."""

    max_seqlen_q: int
    """Most queries of one chunk."""

    max_seqlen_k: int
    """Most keys of one chunk."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk], device: torch.device) -> "VarlenMetadata":
        """The metadata of a pass over `chunks`, packed in this order."""
        num_queries = [chunk.num_tokens for chunk in chunks]
        num_keys = [chunk.num_keys for chunk in chunks]
        key_slots = slot_indices([span for chunk in chunks for span in chunk.key_spans], device)
        cu_seqlens_q, cu_seqlens_k = _cumulative(num_queries, device), _cumulative(num_keys, device)
        return cls(key_slots, cu_seqlens_q, cu_seqlens_k, max(num_queries), max(num_keys))


@dataclass(frozen=True, slots=True, eq=False)
class VarlenAttention:
    """One call of the kernel per layer."""

    kernel: Callable[..., Any]
    """torch.nn.attention.varlen.varlen_attn, or a function of the same signature."""

    metadata: VarlenMetadata

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        metadata = self.metadata
        output: torch.Tensor = self.kernel(
            query[0].transpose(0, 1),
            keys.index_select(0, metadata.key_slots),
            values.index_select(0, metadata.key_slots),
            metadata.cu_seqlens_q,
            metadata.cu_seqlens_k,
            metadata.max_seqlen_q,
            metadata.max_seqlen_k,
            scale=scaling,
            # The kernel counts the keys left of a query; Hugging Face counts the query itself too.
            window_size=(-1 if window is None else window - 1, 0),
            enable_gqa=query.shape[1] != keys.shape[1],
            # Split keys are summed in an order that depends on the batch; one split keeps a step's answer its own.
            num_splits=1,
        )
        return output[None]


def varlen_backend(kernel: Callable[..., Any]) -> AttentionBackend:
    """Attends by `kernel`, see VarlenAttention."""
    return lambda chunks, device: VarlenAttention(kernel, VarlenMetadata.of(chunks, device))


def _cumulative(lengths: list[int], device: torch.device) -> torch.Tensor:
    return torch.tensor([0, *np.cumsum(lengths).tolist()], dtype=torch.int32, device=device)
