"""Which slots of the KV cache belong to whom: contiguous ranges, first fit. Knows no tensors."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class SlotRange:
    """Slots `[start, start + capacity)`."""

    start: int
    capacity: int
    num_needed: int = 0
    """What was asked for; the rest is room to grow that others may take."""

    num_used: int = 0
    """The first slots, whose K and V must survive a move. At most `num_needed`."""

    def spans(self, begin: int, end: int) -> list[tuple[int, int]]:
        """The range's slots `[begin, end)`, counted from its start."""
        return [(self.start + begin, self.start + end)]

    @property
    def end(self) -> int:
        """The slot behind the last one."""
        return self.start + self.capacity


class SlotAllocator:
    """Ranges over `num_slots` slots, kept in the order of their starts."""

    def __init__(self, num_slots: int):
        self.num_slots = num_slots
        self.ranges: list[SlotRange] = []

    @property
    def num_needed(self) -> int:
        """Slots that cannot be given to others."""
        return sum(owned.num_needed for owned in self.ranges)

    def allocate(self, num_slots: int) -> SlotRange | None:
        """The first gap of at least `num_slots` slots, or None where no single gap is that long."""
        start = 0
        for index, owned in enumerate([*self.ranges, SlotRange(self.num_slots, 0)]):
            if owned.start - start >= num_slots:
                self.ranges.insert(index, SlotRange(start, num_slots))
                return self.ranges[index]
            start = owned.end
        return None

    def extend(self, owned: SlotRange, num_slots: int) -> bool:
        """Lengthens the range in place to `num_slots` slots; False where the gap behind it is too short."""
        index = self.ranges.index(owned)
        limit = self.ranges[index + 1].start if index + 1 < len(self.ranges) else self.num_slots
        if owned.start + num_slots > limit:
            return False
        owned.capacity = num_slots
        return True

    def release(self, owned: SlotRange) -> None:
        """Leaves a gap where the range was."""
        self.ranges.remove(owned)

    def move_to_end(self, owned: SlotRange) -> None:
        """Makes `owned` the last range in order; the caller gives it a start to match."""
        self.ranges.remove(owned)
        self.ranges.append(owned)
