"""The KV cache: blocks of slots in every layer, of which each sequence uses those in its table.

A slot holds the K and V of one token in every layer. Rolling back costs nothing: what lies behind the kept tokens is
overwritten by the next ones before anything attends to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch

from engine.block_pool import BlockPool
from engine.block_table import BlockTable, SlotSpan
from engine.verify_step import KvTokens, TokenIds


@dataclass(frozen=True, slots=True)
class LayerShape:
    """What one layer caches per token: K is [num_heads, key_dim], V is [num_heads, value_dim]."""

    num_heads: int
    key_dim: int
    value_dim: int

    @property
    def num_elements(self) -> int:
        """Numbers of K and V together."""
        return self.num_heads * (self.key_dim + self.value_dim)


class CacheFullError(Exception):
    """Fewer blocks are available than are needed."""


def bytes_per_token(shapes: Iterable[LayerShape], dtype: torch.dtype) -> int:
    """Bytes of one slot: K and V of one token in all layers."""
    return dtype.itemsize * sum(shape.num_elements for shape in shapes)


def slot_indices(spans: Iterable[SlotSpan], device: torch.device) -> torch.Tensor:
    """All slots of the spans, back to back. Shape: [sum of their lengths], int64."""
    return torch.from_numpy(np.concatenate([np.arange(*span) for span in spans])).to(device)


class KvCache:
    """
    K per layer [slots, G, key_dim], V per layer [slots, G, value_dim].

    Args:
        shapes: what `stored` makes of the layers'.
        pool: hands out the blocks.
    """

    MIN_PADDING = 0
    """Slots behind the last block."""

    def __init__(self, shapes: list[LayerShape], pool: BlockPool, dtype: torch.dtype, device: torch.device):
        self.shapes = shapes
        self.pool = pool
        self.dtype = dtype
        self.device = device
        self.before_copy: Callable[[tuple[SlotSpan, ...], tuple[SlotSpan, ...]], None] = lambda _source, _target: None
        """Told of every copy, so that it can be repeated where other heads of the same tokens are."""

        rows = self.num_slots + self.MIN_PADDING
        # Zeros, since a backend may read slots that nothing was written to, and hide them by a weight of zero.
        self.keys = [torch.zeros(rows, s.num_heads, s.key_dim, dtype=dtype, device=device) for s in shapes]
        self.values = [torch.zeros(rows, s.num_heads, s.value_dim, dtype=dtype, device=device) for s in shapes]

    @staticmethod
    def stored(shape: LayerShape) -> LayerShape:
        """What the cache keeps of what a layer hands over."""
        return shape

    @property
    def num_slots(self) -> int:
        """Tokens that the cache holds in all."""
        return self.pool.num_blocks * self.pool.block_tokens

    @property
    def num_used_slots(self) -> int:
        """Slots of the blocks that sequences use."""
        return (self.pool.num_blocks - self.pool.num_available) * self.pool.block_tokens

    @property
    def num_cached_slots(self) -> int:
        """Slots of the blocks that nobody uses and that hold the beginning of a prompt."""
        return self.pool.num_cached * self.pool.block_tokens

    @property
    def tokens(self) -> KvTokens:
        """How many tokens there is room for, and in all."""
        return KvTokens(self.num_slots - self.num_used_slots, self.num_slots)

    def write(self, layer: int, slots: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> None:
        """Caches key and value [T, G, D] in the slots [T]."""
        self.keys[layer].index_copy_(0, slots, key)
        self.values[layer].index_copy_(0, slots, value)

    def share(self, tokens: TokenIds) -> tuple[BlockTable, int]:
        """A table with the blocks that hold the longest known beginning of the tokens, and its length in tokens."""
        table = BlockTable(self.pool.block_tokens, self.pool.share(tokens))
        return table, table.num_entries

    def reserve(self, table: BlockTable, first_written: int, num_entries: int) -> None:
        """
        Gives the table room for that many entries, of which those from `first_written` on may be written: a block
        there that others use too is replaced by a copy.

        Raises:
            CacheFullError: nothing was changed.
        """
        size = self.pool.block_tokens
        first = first_written // size
        shared = [index for index in range(first, len(table.blocks)) if self.pool.is_shared(table.blocks[index])]
        num_more = max(0, -(-num_entries // size) - len(table.blocks))
        if len(shared) + num_more > self.pool.num_available:
            raise CacheFullError
        for index in shared:
            self._replace(table, index, max(0, first_written - index * size))
        for block in table.blocks[first:]:
            self.pool.withdraw(block)
        last = table.blocks[-1] if table.blocks else None
        table.blocks += self.pool.allocate(num_more, after=last)

    def release(self, table: BlockTable) -> None:
        """Gives the blocks back."""
        self.pool.release(table.blocks)
        table.blocks = []

    def copy(self, source: Iterable[SlotSpan], target: Iterable[SlotSpan]) -> None:
        """Copies K and V of the source's slots to as many of the target's; they may overlap."""
        source, target = tuple(source), tuple(target)
        self.before_copy(source, target)
        sources, targets = slot_indices(source, self.device), slot_indices(target, self.device)
        for cached in (*self.keys, *self.values):
            cached.index_copy_(0, targets, cached.index_select(0, sources))

    def _replace(self, table: BlockTable, index: int, num_kept: int) -> None:
        """Puts a block of the table's own in the place of a shared one, with its first entries."""
        size = self.pool.block_tokens
        shared = table.blocks[index]
        (own,) = self.pool.allocate(1, after=table.blocks[index - 1] if index else None)
        if num_kept:
            self.copy([(shared * size, shared * size + num_kept)], [(own * size, own * size + num_kept)])
        table.blocks[index] = own
        self.pool.release([shared])
