"""The KV cache: one flat pool of slots per layer, of which each sequence owns a contiguous range.

A slot holds the K and V of one token in every layer. Rolling back costs nothing: what lies behind a sequence's
length is overwritten by the next tokens before anything attends to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from slot_allocator import SlotAllocator, SlotRange

GRANULE = 16
"""Range sizes are multiples of this many slots where there is room."""


@dataclass(frozen=True, slots=True)
class LayerShape:
    """What one layer caches per token: K is `[heads, key_dim]`, V is `[heads, value_dim]`."""

    heads: int
    key_dim: int
    value_dim: int

    @property
    def numbers(self) -> int:
        return self.heads * (self.key_dim + self.value_dim)


class PoolFullError(Exception):
    """No room for a range, not even after compaction."""


def bytes_per_token(shapes: Iterable[LayerShape], dtype: torch.dtype) -> int:
    return dtype.itemsize * sum(shape.numbers for shape in shapes)


class KvPool:
    """K per layer `[slots, heads, key_dim]`, V per layer `[slots, heads, value_dim]`."""

    def __init__(self, shapes: list[LayerShape], slots: int, dtype: torch.dtype, device: torch.device):
        self.shapes = shapes
        self.dtype = dtype
        self.device = device
        self.keys = [torch.empty(slots, s.heads, s.key_dim, dtype=dtype, device=device) for s in shapes]
        self.values = [torch.empty(slots, s.heads, s.value_dim, dtype=dtype, device=device) for s in shapes]
        self._allocator = SlotAllocator(slots)

    @property
    def slots(self) -> int:
        return self._allocator.slots

    @property
    def needed_slots(self) -> int:
        """Slots that cannot be given to others."""
        return self._allocator.needed

    def reserve(self, owned: SlotRange | None, size: int) -> SlotRange:
        """
        A range of at least `size` slots that holds the used part of `owned`; `owned` itself where it is long enough.
        Other ranges may move, so slot numbers are to be read from the ranges afterwards.

        Raises:
            PoolFullError: nothing was changed.
        """
        needed = max(size, owned.used) if owned else size
        if self.needed_slots - (owned.needed if owned else 0) + needed > self.slots:
            raise PoolFullError
        owned = self._find(owned, needed)
        owned.needed = needed
        return owned

    def release(self, owned: SlotRange) -> None:
        self._allocator.release(owned)

    def copy(self, source: int, target: int, count: int) -> None:
        """Copies K/V of `count` slots; the two may overlap."""
        if source == target or count == 0:
            return
        for cached in (*self.keys, *self.values):
            moved = cached[source : source + count]
            overlaps = abs(source - target) < count
            cached[target : target + count] = moved.clone() if overlaps else moved

    def _find(self, owned: SlotRange | None, size: int) -> SlotRange:
        if owned and owned.capacity >= size:
            return owned
        # Half as much again: an edit's output is about as long as its file, so most sequences never move.
        for wanted in (_round_up(size + size // 2), _round_up(size)):
            found = self._grow(owned, wanted) if owned else self._allocator.allocate(wanted)
            if found:
                return found
        self._compact(last=owned)
        if owned is None:
            return self._allocator.allocate(size)
        self._allocator.extend(owned, size)
        return owned

    def _grow(self, owned: SlotRange, size: int) -> SlotRange | None:
        if self._allocator.extend(owned, size):
            return owned
        moved = self._allocator.allocate(size)
        if moved:
            self.copy(owned.start, moved.start, owned.used)
            moved.used = owned.used
            self._allocator.release(owned)
        return moved

    def _compact(self, last: SlotRange | None) -> None:
        """Closes all gaps and takes back all room to grow; `last` ends up behind the others."""
        saved = []
        if last:
            span = slice(last.start, last.start + last.used)
            saved = [cached[span].clone() for cached in (*self.keys, *self.values)]
            self._allocator.move_to_end(last)
        start = 0
        for owned in self._allocator.ranges:
            if owned is not last:
                self.copy(owned.start, start, owned.used)
            owned.start, owned.capacity = start, owned.needed
            start = owned.end
        for cached, kept in zip((*self.keys, *self.values), saved, strict=False):
            cached[last.start : last.start + last.used] = kept


def _round_up(size: int) -> int:
    return -(-size // GRANULE) * GRANULE
