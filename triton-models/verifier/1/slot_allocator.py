"""Which slots of the KV pool belong to whom: contiguous ranges, first fit. Knows no tensors."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class SlotRange:
    """Slots `[start, start + capacity)`."""

    start: int
    capacity: int
    needed: int = 0
    """What was asked for; the rest is room to grow that others may take."""

    used: int = 0
    """The first slots, whose K/V must survive a move. At most `needed`."""

    @property
    def end(self) -> int:
        return self.start + self.capacity


class SlotAllocator:
    """Ranges over `slots` slots, kept in the order of their starts."""

    def __init__(self, slots: int):
        self.slots = slots
        self.ranges: list[SlotRange] = []

    @property
    def needed(self) -> int:
        return sum(owned.needed for owned in self.ranges)

    def allocate(self, size: int) -> SlotRange | None:
        """The first gap of at least `size` slots, or None where no single gap is that long."""
        start = 0
        for index, owned in enumerate([*self.ranges, SlotRange(self.slots, 0)]):
            if owned.start - start >= size:
                self.ranges.insert(index, SlotRange(start, size))
                return self.ranges[index]
            start = owned.end
        return None

    def extend(self, owned: SlotRange, size: int) -> bool:
        """Lengthens the range in place to `size` slots where the gap behind it allows that."""
        index = self.ranges.index(owned)
        limit = self.ranges[index + 1].start if index + 1 < len(self.ranges) else self.slots
        if owned.start + size > limit:
            return False
        owned.capacity = size
        return True

    def release(self, owned: SlotRange) -> None:
        self.ranges.remove(owned)

    def move_to_end(self, owned: SlotRange) -> None:
        """Makes `owned` the last range in order; the caller gives it a start to match."""
        self.ranges.remove(owned)
        self.ranges.append(owned)
