"""The verifying engine: admit rows → adopt and roll back → packed passes → answers.

Everything works on token ids and slot numbers; the engine knows neither text nor Triton. Several threads may call it.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

import numpy as np

from errors import Code, RowError, invalid
from packed_model import PackedModel
from passes import Lane, lanes_of, plan_passes
from rows import ENDED, Answer, Row, check_row
from sequences import Sequence, Sequences

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """An admitted row on its way through the passes."""

    index: int
    row: Row
    sequence: Sequence
    lanes: list[Lane] = field(default_factory=list)
    pass_ms: float = 0.0
    packed: int = 0

    def answer(self) -> Answer:
        main, *further = self.lanes
        blocks = [(main.argmax, main.margin)]
        rest = iter(further)
        for length in self.row.branches[1:]:
            blocks.append((main.argmax[:1], main.margin[:1]))
            if length:
                lane = next(rest)
                blocks.append((lane.argmax, lane.margin))
        argmax, margin = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return Answer(argmax, margin, self.row.length_after, self.pass_ms, self.packed)


@dataclass(slots=True)
class Totals:
    """Counts since the load."""

    passes: int = 0
    pass_tokens: int = 0


class Engine:
    """A model and the KV cache of all open sequences."""

    def __init__(self, model: PackedModel, sequences: Sequences, max_pass_tokens: int = 512):
        self.model = model
        self.sequences = sequences
        self.totals = Totals()
        self._max_pass_tokens = max_pass_tokens
        self._lock = threading.Lock()

    def run(self, rows: list[Row]) -> list[Answer | RowError]:
        """
        One step of each row's sequence. A row that is refused leaves its sequence as it was and its neighbours alone;
        a row whose pass fails loses its sequence.

        Returns:
            One answer or error per row, in order.
        """
        results: list[Answer | RowError | None] = [None] * len(rows)
        with self._lock:
            jobs = self._admit(rows, results)
            for job in jobs:
                self._adopt(job)
            for job, error in self._execute(jobs):
                results[job.index] = error or self._finish(job)
        return results

    def evict_idle(self) -> None:
        """To be called now and then: an idle server gets no rows that would do it."""
        with self._lock:
            self.sequences.evict_idle()

    def _admit(self, rows: list[Row], results: list) -> list[Job]:
        """Jobs of the rows that may run; the others get their results."""
        batch = [row.sequence_id for row in rows]
        self.sequences.evict_idle(batch)
        jobs = []
        for index, row in enumerate(rows):
            try:
                if batch.index(row.sequence_id) != index:
                    raise invalid("sequence id", "one step of a sequence per batch", row.sequence_id)
                if row.ends_only:
                    self.sequences.close(row.sequence_id)
                    results[index] = ENDED
                else:
                    jobs.append(Job(index, row, self._admit_row(row, batch)))
            except RowError as error:
                results[index] = error
        return jobs

    def _admit_row(self, row: Row, batch: list) -> Sequence:
        try:
            check_row(row, self.model.vocabulary, self.model.max_length)
            return self.sequences.admit(row, batch)
        except RowError:
            if row.end:
                # Triton has ended the sequence by now, whatever the answer is.
                self.sequences.close(row.sequence_id)
            raise

    def _adopt(self, job: Job) -> None:
        """Moves the kept tokens of the adopted branch into place and rolls back; slots are final from here on."""
        row, sequence = job.row, job.sequence
        start = sequence.slots.start
        if row.adopt and row.keep > sequence.base:
            branch = sequence.base + sum(sequence.branches[: row.adopt])
            self.sequences.pool.copy(start + branch, start + sequence.base, row.keep - sequence.base)
        job.lanes = lanes_of(row, start)

    def _execute(self, jobs: list[Job]) -> list[tuple[Job, RowError | None]]:
        if not jobs:
            return []
        try:
            self._run_passes(jobs)
            return [(job, None) for job in jobs]
        except Exception as error:
            # A pass may be run again, since it writes to the same slots; alone, only the row at fault fails.
            if len(jobs) > 1:
                return [result for job in jobs for result in self._execute([job])]
            logger.exception("a pass failed")
            return [(jobs[0], self._drop(jobs[0], str(error)))]

    def _run_passes(self, jobs: list[Job]) -> None:
        # Short rows first: they go whole into the first pass, and long prompts are cut to fill the passes up.
        ordered = sorted(jobs, key=lambda job: len(job.row.tokens))
        owners = {lane: job for job in ordered for lane in job.lanes}
        for job in jobs:
            job.pass_ms, job.packed = 0.0, 0
        for pieces in plan_passes(owners, self._max_pass_tokens):
            began = time.perf_counter()
            self.model.run(pieces)
            elapsed_ms = (time.perf_counter() - began) * 1e3
            tokens = sum(piece.num_tokens for piece in pieces)
            self.totals.passes += 1
            self.totals.pass_tokens += tokens
            for job in {owners[piece.lane] for piece in pieces}:
                job.pass_ms += elapsed_ms
                job.packed += tokens

    def _finish(self, job: Job) -> Answer | RowError:
        answer = job.answer()
        if not np.isfinite(answer.margin).all():
            return self._drop(job, f"its logits are not finite (dtype {self.sequences.pool.dtype})")
        if job.row.end:
            self.sequences.close(job.row.sequence_id)
        else:
            job.sequence.commit(job.row, self.sequences.now())
        return answer

    def _drop(self, job: Job, reason: str) -> RowError:
        # What a failed pass left in the cache is unknown, so the sequence is better gone than wrong.
        self.sequences.close(job.row.sequence_id)
        message = f"sequence {job.row.sequence_id}: the pass failed, start a new sequence: {reason}"
        return RowError(Code.INTERNAL, message)
