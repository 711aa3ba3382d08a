"""All open sequences and the KV cache that they share, with idle eviction and eviction to make room."""

import time
from collections.abc import Callable, Container, Hashable

from engine.errors import ErrorCode, StepError, invalid
from engine.kv_cache import CacheFullError, KvCache
from engine.sequence import Sequence
from engine.verify_step import VerifyStep


class OpenSequences:
    """
    Sequences by id. Those that are `busy` with a step are never evicted.

    Args:
        idle_seconds: a sequence unused for longer is evicted by `evict_idle`.
        eviction_grace_seconds: a sequence used more recently is not evicted to make room for another.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        kv_cache: KvCache,
        idle_seconds: float,
        eviction_grace_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.kv_cache = kv_cache
        self.num_evictions = 0
        self.num_reused_tokens = 0
        self._idle_seconds = idle_seconds
        self._grace_seconds = eviction_grace_seconds
        self._clock = clock
        self._open: dict[Hashable, Sequence] = {}

    def __len__(self) -> int:
        return len(self._open)

    def now(self) -> float:
        """Seconds on the clock that idle times are measured with."""
        return self._clock()

    def find(self, sequence_id: Hashable) -> Sequence:
        """
        Raises:
            StepError: NOT_FOUND. Its message begins with "sequence", by which a client tells it from a missing model.
        """
        sequence = self._open.get(sequence_id)
        if sequence is None:
            raise StepError(
                ErrorCode.NOT_FOUND,
                f"sequence {sequence_id}: its KV cache is gone (never started, ended, idle for more than "
                f"{self._idle_seconds:g} s, or evicted); start a new sequence",
            )
        return sequence

    def admit(self, step: VerifyStep, busy: Container[Hashable]) -> Sequence:
        """
        The step's sequence with room for the step. START opens it, with the beginning of its prompt where that is
        cached; one that is open already is closed first.

        Raises:
            StepError: INVALID_ARG, NOT_FOUND or UNAVAILABLE; the sequence is as it was.
        """
        self._check_size(step)
        if step.is_start:
            return self._open_sequence(step, busy)
        sequence = self.find(step.sequence_id)
        sequence.check(step)
        self._reserve(step, sequence, busy)
        return sequence

    def adopt(self, sequence: Sequence, step: VerifyStep) -> None:
        """Copies the kept tokens of the adopted branch to behind the prefix; the rest is rolled back."""
        num_tokens = step.keep_length - sequence.prefix_end
        if step.adopt_branch and num_tokens > 0:
            source = sequence.branch_spans(step.adopt_branch, num_tokens)
            self.kv_cache.copy(source, sequence.branch_spans(0, num_tokens))

    def commit(self, sequence: Sequence, step: VerifyStep) -> None:
        """Takes over a step whose K and V are cached now, and lets others share the beginning of a prompt."""
        sequence.commit(step, self.now())
        if step.is_start:
            self.kv_cache.pool.publish(step.tokens[: step.prefix_length], sequence.table.blocks)

    def close(self, sequence_id: Hashable) -> None:
        """Frees the sequence's slots. Does nothing for a sequence that is gone."""
        sequence = self._open.pop(sequence_id, None)
        if sequence:
            self.kv_cache.release(sequence.table)

    def evict_idle(self, busy: Container[Hashable] = ()) -> None:
        """Triton ends an idle sequence without a word to the model, so the model keeps a clock of its own."""
        for sequence in self._unused_for(self._idle_seconds, busy):
            self._evict(sequence)

    def _check_size(self, step: VerifyStep) -> None:
        num_slots = self.kv_cache.num_slots
        if step.num_slots > num_slots:
            expected = f"at most {num_slots} tokens, the size of the KV cache"
            raise invalid("TOKENS", expected, f"{step.num_slots} with KEEP")

    def _open_sequence(self, step: VerifyStep, busy: Container[Hashable]) -> Sequence:
        if step.adopt_branch:
            raise invalid("ADOPT", "0 with START", step.adopt_branch)
        self.close(step.sequence_id)
        # The last token of the prompt has to run, or there would be no answer.
        table, num_cached = self.kv_cache.share(step.tokens[: step.prefix_length - 1])
        sequence = Sequence(step.sequence_id, table, self.now(), prefix_end=num_cached)
        try:
            self._reserve(step, sequence, busy)
        except StepError:
            self.kv_cache.release(table)
            raise
        self.num_reused_tokens += num_cached
        self._open[step.sequence_id] = sequence
        return sequence

    def _reserve(self, step: VerifyStep, sequence: Sequence, busy: Container[Hashable]) -> None:
        first_written = sequence.prefix_end if step.is_start else min(step.keep_length, sequence.prefix_end)
        while True:
            try:
                self.kv_cache.reserve(sequence.table, first_written, step.num_slots)
                return
            except CacheFullError:
                candidates = self._unused_for(self._grace_seconds, busy)
                if not candidates:
                    raise self._no_room(step) from None
                self._evict(min(candidates, key=lambda sequence: sequence.last_used))

    def _no_room(self, step: VerifyStep) -> StepError:
        num_slots = self.kv_cache.num_slots
        num_free = self.kv_cache.tokens.free
        return StepError(
            ErrorCode.UNAVAILABLE,
            f"sequence {step.sequence_id}: no room for {step.num_slots} tokens: {num_free} of {num_slots} KV slots "
            f"free, {len(self)} sequences open, none idle for {self._grace_seconds:g} s; try again later",
        )

    def _unused_for(self, seconds: float, busy: Container[Hashable]) -> list[Sequence]:
        limit = self.now() - seconds
        return [one for one in self._open.values() if one.last_used < limit and one.id not in busy]

    def _evict(self, sequence: Sequence) -> None:
        self.close(sequence.id)
        self.num_evictions += 1
