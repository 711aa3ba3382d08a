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

    cu_seqlens_q: torch.Tensor
    """Start of each chunk's queries among the packed ones, then T. Shape: [N + 1], int32."""

    cu_seqlens_k: torch.Tensor
    """The same for the keys. Shape: [N + 1], int32."""

    max_seqlen_q: int
    """Most queries of one chunk."""

    max_seqlen_k: int
    """Most keys of one chunk."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk], device: torch.device) -> "VarlenMetadata":
        """The metadata of a pass over `chunks`, packed in this order."""
        num_queries = [chunk.num_tokens for chunk in chunks]
        num_keys = [chunk.num_keys for chunk in chunks]
        return cls(_cumulative(num_queries, device), _cumulative(num_keys, device), max(num_queries), max(num_keys))


class PagedKeys:
    """The kernel reads the blocks of the cache itself, by a table for each chunk."""

    def __init__(self, chunks: Sequence[Chunk], device: torch.device):
        self._block_tokens = chunks[0].lane.table.block_tokens
        tables = [chunk.lane.table.blocks[: -(-chunk.num_keys // self._block_tokens)] for chunk in chunks]
        width = max(len(blocks) for blocks in tables)
        padded = [blocks + [0] * (width - len(blocks)) for blocks in tables]
        num_keys = [chunk.num_keys for chunk in chunks]
        self.options = {
            "block_table": torch.tensor(padded, dtype=torch.int32, device=device),
            "seqused_k": torch.tensor(num_keys, dtype=torch.int32, device=device),
        }

    def read(self, cached: torch.Tensor) -> torch.Tensor:
        """[slots, G, D] → [blocks, slots of a block, G, D]."""
        return cached.view(-1, self._block_tokens, *cached.shape[1:])


class GatheredKeys:
    """For passes with a further branch, whose keys do not follow its prefix by whole blocks: a copy, back to back."""

    def __init__(self, chunks: Sequence[Chunk], device: torch.device):
        self._slots = slot_indices([span for chunk in chunks for span in chunk.key_spans], device)
        self.options: dict[str, torch.Tensor] = {}

    def read(self, cached: torch.Tensor) -> torch.Tensor:
        """[slots, G, D] → [sum of S, G, D]."""
        return cached.index_select(0, self._slots)


@dataclass(frozen=True, slots=True, eq=False)
class VarlenAttention:
    """One call of the kernel per layer."""

    kernel: Callable[..., Any]
    """torch.nn.attention.varlen.varlen_attn, or a function of the same signature."""

    metadata: VarlenMetadata
    cache: PagedKeys | GatheredKeys

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
            self.cache.read(keys),
            self.cache.read(values),
            metadata.cu_seqlens_q,
            metadata.cu_seqlens_k,
            metadata.max_seqlen_q,
            metadata.max_seqlen_k,
            scale=scaling,
            # The kernel counts the keys left of a query; Hugging Face counts the query itself too.
            window_size=(-1 if window is None else window - 1, 0),
            enable_gqa=query.shape[1] != keys.shape[1],
            # Split keys are summed in an order that depends on the batch; one split keeps a step's answer its own.
            # With more, a kernel that reads blocks leaves rows of later sequences unwritten too (PyTorch issue 194167).
            num_splits=1,
            **self.cache.options,
        )
        return output[None]


def varlen_backend(kernel: Callable[..., Any]) -> AttentionBackend:
    """Attends by `kernel`, see VarlenAttention."""

    def attention(chunks: Sequence[Chunk], device: torch.device) -> VarlenAttention:
        kind = GatheredKeys if any(chunk.is_further_branch for chunk in chunks) else PagedKeys
        return VarlenAttention(kernel, VarlenMetadata.of(chunks, device), kind(chunks, device))

    return attention


def _cumulative(lengths: list[int], device: torch.device) -> torch.Tensor:
    return torch.tensor([0, *np.cumsum(lengths).tolist()], dtype=torch.int32, device=device)
