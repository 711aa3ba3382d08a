"""The verifying engine: admit steps → adopt and roll back → packed passes → answers. Several threads may call it."""

import logging
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from engine.errors import ErrorCode, StepError, invalid
from engine.model_runner import ModelRunner
from engine.open_sequences import OpenSequences
from engine.running_step import PassResults, RunningStep
from engine.scheduler import lanes_of, schedule
from engine.sequence import Sequence
from engine.verify_step import VerifyAnswer, VerifyStep, check_step, ended

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Totals:
    """Counts since the load."""

    num_passes: int = 0
    num_pass_tokens: int = 0


class Engine:
    """A model and the KV cache of all open sequences."""

    def __init__(self, runner: ModelRunner, sequences: OpenSequences, max_pass_tokens: int = 512):
        self.runner = runner
        self.sequences = sequences
        self.totals = Totals()
        self._max_pass_tokens = max_pass_tokens
        self._lock = threading.Lock()

    def run(self, steps: list[VerifyStep]) -> list[VerifyAnswer | StepError]:
        """
        One step of each sequence. A step that is refused leaves its sequence as it was and the other steps alone; a
        step whose pass fails loses its sequence.

        Returns:
            One answer or error per step, in order.
        """
        with self._lock:
            admitted = self._admit(steps)
            pairs = zip(steps, admitted, strict=True)
            running = [self._adopt(step, one) for step, one in pairs if isinstance(one, Sequence)]
            answers = iter(self._execute(running))
            return [next(answers) if isinstance(one, Sequence) else one for one in admitted]

    def evict_idle(self) -> None:
        """To be called now and then: an idle server gets no steps that would do it."""
        with self._lock:
            self.sequences.evict_idle()

    def _admit(self, steps: list[VerifyStep]) -> list[Sequence | VerifyAnswer | StepError]:
        """Per step its sequence with room for it, or its answer where no pass is needed."""
        batch = [step.sequence_id for step in steps]
        self.sequences.evict_idle(batch)
        return [
            self._admit_step(step, batch)
            if batch.index(step.sequence_id) == index
            else invalid("sequence id", "one step of a sequence per batch", step.sequence_id)
            for index, step in enumerate(steps)
        ]

    def _admit_step(self, step: VerifyStep, batch: list[Hashable]) -> Sequence | VerifyAnswer | StepError:
        if step.is_end_only:
            self.sequences.close(step.sequence_id)
            return ended(self.sequences.kv_cache.tokens)
        try:
            check_step(step, self.runner.vocabulary_size, self.runner.context_tokens)
            return self.sequences.admit(step, batch)
        except StepError as error:
            if step.is_end:
                # Triton has ended the sequence by now, whatever the answer is.
                self.sequences.close(step.sequence_id)
            return error

    def _adopt(self, step: VerifyStep, sequence: Sequence) -> RunningStep:
        """Moves the kept tokens of the adopted branch into place and rolls back. No slot moves until the answers."""
        start = sequence.slots.start
        if step.adopt_branch and step.keep_length > sequence.prefix_end:
            source, target = sequence.branch_slot(step.adopt_branch), sequence.branch_slot(0)
            self.sequences.kv_cache.copy(source, target, step.keep_length - sequence.prefix_end)
        return RunningStep(step, sequence, lanes_of(step, start))

    def _execute(self, running: list[RunningStep]) -> list[VerifyAnswer | StepError]:
        try:
            results = self._run_passes(running)
        except Exception as error:
            # A pass may be run again, since it writes to the same slots; alone, only the step at fault fails.
            if len(running) > 1:
                return [answer for one in running for answer in self._execute([one])]
            logger.exception("a pass failed")
            return [self._drop(one, str(error)) for one in running]
        return [self._finish(one, results[one]) for one in running]

    def _run_passes(self, running: list[RunningStep]) -> dict[RunningStep, PassResults]:
        # Short steps first: they go whole into the first pass, and long prompts are cut to fill the passes up.
        ordered = sorted(running, key=lambda one: len(one.step.tokens))
        owners = {lane: one for one in ordered for lane in one.lanes}
        results = {one: PassResults() for one in running}
        for chunks in schedule(owners, self._max_pass_tokens):
            began = time.perf_counter()
            choices = self.runner.run(chunks)
            pass_ms = (time.perf_counter() - began) * 1e3
            num_tokens = sum(chunk.num_tokens for chunk in chunks)
            self.totals.num_passes += 1
            self.totals.num_pass_tokens += num_tokens
            for chunk, chosen in zip(chunks, choices, strict=True):
                results[owners[chunk.lane]].choices[chunk.lane].append(chosen)
            for one in {owners[chunk.lane] for chunk in chunks}:
                results[one].count_pass(pass_ms, num_tokens)
        return results

    def _finish(self, running: RunningStep, results: PassResults) -> VerifyAnswer | StepError:
        argmax, margin = results.choices_of(running)
        if not np.isfinite(margin).all():
            return self._drop(running, f"its logits are not finite (dtype {self.sequences.kv_cache.dtype})")
        if running.step.is_end:
            self.sequences.close(running.step.sequence_id)
        else:
            running.sequence.commit(running.step, self.sequences.now())
        kv_tokens = self.sequences.kv_cache.tokens
        return VerifyAnswer(argmax, margin, results.pass_ms, results.packed_tokens, kv_tokens)

    def _drop(self, running: RunningStep, reason: str) -> StepError:
        # What a failed pass left in the cache is unknown, so the sequence is better gone than wrong.
        sequence_id = running.step.sequence_id
        self.sequences.close(sequence_id)
        message = f"sequence {sequence_id}: the pass failed, start a new sequence: {reason}"
        return StepError(ErrorCode.INTERNAL, message)
