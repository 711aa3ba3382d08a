"""Where in the KV cache a sequence's K and V are: a list of blocks, each of as many slots as a block has tokens."""

from dataclasses import dataclass, field

SlotSpan = tuple[int, int]
"""Slots `[start, end)`."""


@dataclass(slots=True, eq=False)
class BlockTable:
    """Entry `n` of a sequence is in its block number `n // block_tokens`."""

    block_tokens: int
    blocks: list[int] = field(default_factory=list)

    @property
    def num_entries(self) -> int:
        """Entries that there is room for."""
        return len(self.blocks) * self.block_tokens

    def spans(self, begin: int, end: int) -> list[SlotSpan]:
        """Slots of the entries `[begin, end)`, in order; those that are adjacent are one span."""
        size = self.block_tokens
        spans: list[SlotSpan] = []
        while begin < end:
            index, offset = divmod(begin, size)
            count = min(size - offset, end - begin)
            start = self.blocks[index] * size + offset
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], start + count)
            else:
                spans.append((start, start + count))
            begin += count
        return spans
