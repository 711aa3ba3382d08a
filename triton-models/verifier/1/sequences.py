"""Open sequences: id → KV range and length, with idle eviction and eviction to make room."""

import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass

from errors import Code, RowError, invalid
from kv_pool import KvPool, PoolFullError
from rows import Row
from slot_allocator import SlotRange


@dataclass(slots=True, eq=False)
class Sequence:
    """State between two steps: `[0, length)` is cached, branch 0 included; later branches lie behind it."""

    id: Hashable
    slots: SlotRange
    last_used: float
    length: int = 0
    base: int = 0
    """Tokens before the branches of the last step."""

    branches: tuple[int, ...] = ()
    """Branch lengths of the last step; branch j starts at slot `base + sum(branches[:j])` of the range."""

    def cached(self, adopt: int) -> int:
        """Tokens that may be kept when branch `adopt` is adopted."""
        return self.base + self.branches[adopt] if self.branches else self.length

    def check(self, row: Row) -> None:
        """
        Raises:
            RowError: INVALID_ARG, the row does not fit this state.
        """
        choices = max(1, len(self.branches))
        if not 0 <= row.adopt < choices:
            raise invalid("ADOPT", f"a branch of the previous step (0 to {choices - 1})", row.adopt)
        if row.keep > self.cached(row.adopt):
            raise invalid("KEEP", f"at most {self.cached(row.adopt)} (the cached tokens)", row.keep)

    def commit(self, row: Row, now: float) -> None:
        self.length, self.base, self.branches = row.length_after, row.base, row.branches
        self.slots.used = row.slots_needed
        self.last_used = now


class Sequences:
    """The open sequences and the pool that they share."""

    def __init__(
        self, pool: KvPool, idle_seconds: float, grace_seconds: float, clock: Callable[[], float] = time.monotonic
    ):
        self.pool = pool
        self.evictions = 0
        self._idle_seconds = idle_seconds
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._open: dict[Hashable, Sequence] = {}

    def __len__(self) -> int:
        return len(self._open)

    def now(self) -> float:
        return self._clock()

    def find(self, sequence_id: Hashable) -> Sequence:
        """
        Raises:
            RowError: NOT_FOUND.
        """
        sequence = self._open.get(sequence_id)
        if sequence is None:
            raise RowError(
                Code.NOT_FOUND,
                f"sequence {sequence_id}: its KV cache is gone (never started, ended, idle for more than "
                f"{self._idle_seconds:g} s, or evicted); start a new sequence",
            )
        return sequence

    def admit(self, row: Row, batch: Collection[Hashable]) -> Sequence:
        """
        The row's sequence with room for the row. START opens it; one that is live already starts again from length 0.

        Raises:
            RowError: the sequence is as it was.
        """
        if row.start:
            if row.adopt:
                raise invalid("ADOPT", "0 with START", row.adopt)
            sequence = self._open.get(row.sequence_id)
        else:
            sequence = self.find(row.sequence_id)
            sequence.check(row)
        slots = self._reserve(row, sequence.slots if sequence else None, batch)
        if sequence is None:
            sequence = self._open[row.sequence_id] = Sequence(row.sequence_id, slots, self.now())
        sequence.slots = slots
        return sequence

    def close(self, sequence_id: Hashable) -> None:
        """Frees the sequence's slots. Does nothing for a sequence that is gone."""
        sequence = self._open.pop(sequence_id, None)
        if sequence:
            self.pool.release(sequence.slots)

    def evict_idle(self, batch: Collection[Hashable] = ()) -> None:
        """Triton ends an idle sequence without a word to the model, so the model keeps a clock of its own."""
        self._evict([sequence for sequence in self._older_than(self._idle_seconds) if sequence.id not in batch])

    def _reserve(self, row: Row, owned: SlotRange | None, batch: Collection[Hashable]) -> SlotRange:
        needed, pool = row.slots_needed, self.pool
        if needed > pool.slots:
            raise invalid("TOKENS", f"at most {pool.slots} tokens, the size of the KV pool", f"{needed} with KEEP")
        while True:
            try:
                return pool.reserve(owned, needed)
            except PoolFullError:
                candidates = [s for s in self._older_than(self._grace_seconds) if s.id not in batch]
                if not candidates:
                    raise self._no_room(row, needed) from None
                self._evict([min(candidates, key=lambda sequence: sequence.last_used)])

    def _no_room(self, row: Row, needed: int) -> RowError:
        slots = self.pool.slots
        return RowError(
            Code.UNAVAILABLE,
            f"sequence {row.sequence_id}: no room for {needed} tokens: {slots - self.pool.needed_slots} of {slots} KV "
            f"slots free, {len(self)} sequences open, none idle for {self._grace_seconds:g} s); try again later",
        )

    def _older_than(self, seconds: float) -> list[Sequence]:
        limit = self.now() - seconds
        return [sequence for sequence in self._open.values() if sequence.last_used < limit]

    def _evict(self, sequences: list[Sequence]) -> None:
        for sequence in sequences:
            self.close(sequence.id)
            self.evictions += 1
