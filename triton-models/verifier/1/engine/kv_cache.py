"""The KV cache: slots in every layer, of which each sequence owns a contiguous range.

A slot holds the K and V of one token in every layer. Rolling back costs nothing: what lies behind the kept tokens is
overwritten by the next ones before anything attends to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from engine.scheduler import SlotSpan
from engine.slot_allocator import SlotAllocator, SlotRange
from engine.verify_step import KvTokens

GRANULE = 16
"""Range sizes are multiples of this many slots where there is room."""


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
    """No room for a range, not even after compaction."""


def bytes_per_token(shapes: Iterable[LayerShape], dtype: torch.dtype) -> int:
    """Bytes of one slot: K and V of one token in all layers."""
    return dtype.itemsize * sum(shape.num_elements for shape in shapes)


def slot_indices(spans: Iterable[SlotSpan], device: torch.device) -> torch.Tensor:
    """All slots of the spans, back to back. Shape: [sum of their lengths], int64."""
    return torch.from_numpy(np.concatenate([np.arange(*span) for span in spans])).to(device)


class KvCache:
    """K per layer [slots, G, key_dim], V per layer [slots, G, value_dim]."""

    def __init__(self, shapes: list[LayerShape], num_slots: int, dtype: torch.dtype, device: torch.device):
        self.shapes = shapes
        self.dtype = dtype
        self.device = device
        self.keys = [torch.empty(num_slots, s.num_heads, s.key_dim, dtype=dtype, device=device) for s in shapes]
        self.values = [torch.empty(num_slots, s.num_heads, s.value_dim, dtype=dtype, device=device) for s in shapes]
        self._allocator = SlotAllocator(num_slots)

    @staticmethod
    def stored(shape: LayerShape) -> LayerShape:
        """What the cache keeps of what a layer hands over."""
        return shape

    @property
    def num_slots(self) -> int:
        """Tokens that the cache holds in all."""
        return self._allocator.num_slots

    @property
    def num_needed_slots(self) -> int:
        """Slots that cannot be given to others."""
        return self._allocator.num_needed

    @property
    def tokens(self) -> KvTokens:
        """How many tokens there is room for, and in all."""
        return KvTokens(self.num_slots - self.num_needed_slots, self.num_slots)

    def write(self, layer: int, slots: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> None:
        """Caches key and value [T, G, D] in the slots [T]."""
        self.keys[layer].index_copy_(0, slots, key)
        self.values[layer].index_copy_(0, slots, value)

    def reserve(self, owned: SlotRange | None, num_slots: int) -> SlotRange:
        """
        A range of at least `num_slots` slots that holds the used part of `owned`; `owned` itself where it is long
        enough. Other ranges may move, so slot numbers are to be read from the ranges afterwards.

        Raises:
            CacheFullError: nothing was changed.
        """
        num_needed = max(num_slots, owned.num_used) if owned else num_slots
        if self.num_needed_slots - (owned.num_needed if owned else 0) + num_needed > self.num_slots:
            raise CacheFullError
        found = self._find(owned, num_needed)
        found.num_needed = num_needed
        return found

    def release(self, owned: SlotRange) -> None:
        """Gives all slots of the range to others."""
        self._allocator.release(owned)

    def copy(self, source: int, target: int, num_slots: int) -> None:
        """Copies K and V of `num_slots` slots from slot `source` to slot `target`; the two may overlap."""
        if source == target or num_slots == 0:
            return
        overlaps = abs(source - target) < num_slots
        for cached in (*self.keys, *self.values):
            moved = cached[source : source + num_slots]
            cached[target : target + num_slots] = moved.clone() if overlaps else moved

    def _find(self, owned: SlotRange | None, num_slots: int) -> SlotRange:
        if owned and owned.capacity >= num_slots:
            return owned
        # Half as much again: an edit's output is about as long as its file, so most sequences never move.
        for wanted in (_round_up(num_slots + num_slots // 2), _round_up(num_slots)):
            found = self._grow(owned, wanted) if owned else self._allocator.allocate(wanted)
            if found:
                return found
        self._compact(last=owned)
        if owned is None:
            found = self._allocator.allocate(num_slots)
            assert found, "there is room for all that is needed, and after compaction it is one gap"
            return found
        self._allocator.extend(owned, num_slots)
        return owned

    def _grow(self, owned: SlotRange, num_slots: int) -> SlotRange | None:
        if self._allocator.extend(owned, num_slots):
            return owned
        moved = self._allocator.allocate(num_slots)
        if moved:
            self.copy(owned.start, moved.start, owned.num_used)
            moved.num_used = owned.num_used
            self._allocator.release(owned)
        return moved

    def _compact(self, last: SlotRange | None) -> None:
        """Closes all gaps and takes back all room to grow; `last` ends up behind the others."""
        if last:
            saved = [cached[last.start : last.start + last.num_used].clone() for cached in (*self.keys, *self.values)]
            self._allocator.move_to_end(last)
        start = 0
        for owned in self._allocator.ranges:
            if owned is not last:
                self.copy(owned.start, start, owned.num_used)
            owned.start, owned.capacity = start, owned.num_needed
            start = owned.end
        if last:
            for cached, kept in zip((*self.keys, *self.values), saved, strict=True):
                cached[last.start : last.start + last.num_used] = kept


def _round_up(num_slots: int) -> int:
    return -(-num_slots // GRANULE) * GRANULE
