"""The verifying engine: admit what waits → one pass over what fits → answer what is done."""

import logging
import time
from dataclasses import dataclass

import numpy as np

from engine.device_errors import is_device_lost
from engine.errors import ErrorCode, StepError
from engine.model_runner import ModelRunner
from engine.open_sequences import OpenSequences
from engine.request import Request, RequestQueues
from engine.running_step import RunningStep
from engine.scheduler import Chunk, lanes_of, share_out
from engine.verify_step import VerifyAnswer, VerifyStep, check_step, ended

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Totals:
    """Counts since the load."""

    num_passes: int = 0
    num_pass_tokens: int = 0
    num_pass_steps: int = 0
    """Steps that took part in a pass, counted once for each pass."""


class Engine:
    """A model and the KV cache of all open sequences. To be used by one thread at a time."""

    def __init__(self, runner: ModelRunner, sequences: OpenSequences, max_pass_tokens: int = 512):
        self.runner = runner
        self.sequences = sequences
        self.totals = Totals()
        self._max_pass_tokens = max_pass_tokens
        self._queues = RequestQueues()
        self._running: list[RunningStep] = []
        """In the order of their arrival."""

        self._num_answered = 0
        """Steps that the last pass answered and whose sequence goes on."""

    @property
    def has_work(self) -> bool:
        """Whether a request waits for its answer."""
        return len(self._queues) > 0

    @property
    def num_waiting(self) -> int:
        """Requests that wait for their answer, those at work included."""
        return self._queues.num_requests

    @property
    def num_expected(self) -> int:
        """
        Steps worth a moment's waiting: each caller answered by the last pass sends the next one at once, and would
        have to wait for the whole of a long pass that began without it.
        """
        num_tokens = sum(one.num_left for one in self._running) + self._queues.num_ready_tokens
        return self._num_answered if 2 * num_tokens >= self._max_pass_tokens else 0

    def submit(self, request: Request) -> None:
        """Takes a request, which a later `run_pass` answers. Those of one sequence run one after the other."""
        self._queues.push(request)

    def run_pass(self) -> None:
        """
        Advances all sequences by one pass. A step that is refused leaves its sequence as it was; one whose pass fails,
        or that is cancelled, loses its sequence. The other steps do not feel it.

        Raises:
            Exception: the GPU or a worker is lost; nothing can be answered any more.
        """
        self._drop_cancelled()
        self._admit()
        num_left = [one.num_left for one in self._running]
        shares = share_out(num_left, self._max_pass_tokens, is_awaited=self._num_answered > 0)
        self._run([(one, one.take(share)) for one, share in zip(self._running, shares, strict=True) if share])
        done = [one for one in self._running if one.num_left == 0]
        self._num_answered = sum(not one.step.is_end for one in done)
        for one in done:
            self._finish(one)

    def abort(self, error: StepError) -> None:
        """Answers whatever waits; the sequences at work are lost."""
        for one in self._running:
            self.sequences.close(one.step.sequence_id)
        self._running.clear()
        for request in self._queues.drain():
            request.respond(error)

    def close(self) -> None:
        """Ends whatever runs beside this process. No pass may follow."""
        self.runner.close()

    def evict_idle(self) -> None:
        """To be called now and then: an idle server gets no steps that would do it."""
        self.sequences.evict_idle(self._queues)

    def run(self, steps: list[VerifyStep]) -> list[VerifyAnswer | StepError]:
        """
        Passes until all steps are answered, for whoever has no thread for them.

        Returns:
            One answer or error per step, in order.
        """
        requests = [_Collected(step) for step in steps]
        for request in requests:
            self.submit(request)
        while self.has_work:
            self.run_pass()
        return [request.result for request in requests if request.result]

    def _admit(self) -> None:
        self.evict_idle()
        for request in self._queues.ready():
            try:
                result = self._admit_step(request)
            except Exception as error:
                if is_device_lost(error):
                    raise
                self.sequences.close(request.step.sequence_id)
                result = _failure(request.step, error)
            if isinstance(result, RunningStep):
                self._running.append(result)
            else:
                self._respond(request, result)

    def _admit_step(self, request: Request) -> RunningStep | VerifyAnswer | StepError:
        """The step with room for it and the kept tokens in place, or its answer where no pass is needed."""
        step = request.step
        if step.is_end_only:
            self.sequences.close(step.sequence_id)
            return ended(self.sequences.kv_cache.tokens)
        try:
            check_step(step, self.runner.vocabulary_size, self.runner.context_tokens)
            sequence = self.sequences.admit(step, self._queues)
        except StepError as error:
            if step.is_end:
                # Triton has ended the sequence by now, whatever the answer is.
                self.sequences.close(step.sequence_id)
            return error
        self.sequences.adopt(sequence, step)
        lanes = lanes_of(step, sequence.table)
        return RunningStep(request, sequence, lanes, num_run=sequence.prefix_end if step.is_start else 0)

    def _drop_cancelled(self) -> None:
        # Only what waits for a further pass is asked for: each question is a message to Triton.
        for one in [one for one in self._running if one.request.is_cancelled()]:
            message = f"sequence {one.step.sequence_id}: the request was cancelled"
            self._drop(one, StepError(ErrorCode.CANCELLED, message))

    def _run(self, shares: list[tuple[RunningStep, list[Chunk]]]) -> None:
        """One pass. Where it fails, each step runs alone: a pass may run again, since it writes to the same slots."""
        if not shares:
            return
        try:
            self._run_packed(shares)
        except Exception as error:
            if is_device_lost(error):
                raise
            if len(shares) > 1:
                for share in shares:
                    self._run([share])
            else:
                ((one, _),) = shares
                self._drop(one, _failure(one.step, error))

    def _run_packed(self, shares: list[tuple[RunningStep, list[Chunk]]]) -> None:
        chunks = [(one, chunk) for one, taken in shares for chunk in taken]
        began = time.perf_counter()
        choices = self.runner.run([chunk for _, chunk in chunks])
        pass_ms = (time.perf_counter() - began) * 1e3
        num_tokens = sum(chunk.num_tokens for _, chunk in chunks)
        self.totals.num_passes += 1
        self.totals.num_pass_tokens += num_tokens
        self.totals.num_pass_steps += len(shares)
        for (one, chunk), chosen in zip(chunks, choices, strict=True):
            one.note(chunk, chosen)
        for one, _ in shares:
            one.count_pass(pass_ms, num_tokens)

    def _finish(self, running: RunningStep) -> None:
        argmax, margin = running.choices()
        if not np.isfinite(margin).all():
            reason = f"its logits are not finite (dtype {self.sequences.kv_cache.dtype})"
            self._drop(running, _lost(running.step, reason))
            return
        self._running.remove(running)
        if running.step.is_end:
            self.sequences.close(running.step.sequence_id)
        else:
            self.sequences.commit(running.sequence, running.step)
        kv_tokens = self.sequences.kv_cache.tokens
        self._respond(running.request, VerifyAnswer(argmax, margin, running.pass_ms, running.packed_tokens, kv_tokens))

    def _drop(self, running: RunningStep, error: StepError) -> None:
        # What an unfinished step left in the cache is unknown, so the sequence is better gone than wrong.
        self._running.remove(running)
        self.sequences.close(running.step.sequence_id)
        self._respond(running.request, error)

    def _respond(self, request: Request, result: VerifyAnswer | StepError) -> None:
        self._queues.finish(request)
        request.respond(result)


def _failure(step: VerifyStep, error: Exception) -> StepError:
    logger.error("a pass failed", exc_info=error)
    return _lost(step, str(error))


def _lost(step: VerifyStep, reason: str) -> StepError:
    message = f"sequence {step.sequence_id}: the pass failed, start a new sequence: {reason}"
    return StepError(ErrorCode.INTERNAL, message)


@dataclass(slots=True, eq=False)
class _Collected:
    """A request of `Engine.run`."""

    step: VerifyStep
    result: VerifyAnswer | StepError | None = None

    def respond(self, result: VerifyAnswer | StepError) -> None:
        self.result = result

    def is_cancelled(self) -> bool:
        return False
