"""Rank 0's engine: whatever it does to its model and its cache, all ranks do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from engine.block_table import SlotSpan
from engine.device_errors import WorkerLostError
from engine.engine import Engine
from engine.model_runner import GreedyChoices, ModelRunner
from engine.parallel.messages import CopySlots, RunPass, RunPlain
from engine.parallel.workers import Workers
from engine.scheduler import Chunk
from engine.self_test import plain_forward
from engine.verify_step import TokenIds


class ParallelRunner(ModelRunner):
    """Passes of all ranks. The choices are made here, since every rank has all logits."""

    def __init__(self, own: ModelRunner, workers: Workers):
        super().__init__(own.model, own.kv_cache)
        self._own = own
        self._workers = workers

    def choose(self, chunks: Sequence[Chunk]) -> GreedyChoices:
        """
        See ModelRunner.

        Raises:
            WorkerLostError: it failed on some rank.
        """
        self._workers.send(RunPass(tuple(chunks)))
        with _in_step():
            return self._own.choose(chunks)

    def plain_forward(self, texts: Sequence[TokenIds]) -> list[torch.Tensor]:
        """
        The model's own forward, see `engine.self_test`.

        Raises:
            WorkerLostError: it failed on some rank.
        """
        self._workers.send(RunPlain(tuple(texts)))
        with _in_step():
            return plain_forward(self.model, texts)

    def close(self) -> None:
        """Ends the workers."""
        self._workers.stop()


def lead(engine: Engine, workers: Workers) -> ParallelRunner:
    """Lets the workers, which have built the same engine, do what this one does. Blocks are handed out here alone."""

    def copy_everywhere(source: tuple[SlotSpan, ...], target: tuple[SlotSpan, ...]) -> None:
        workers.send(CopySlots(source, target))

    runner = ParallelRunner(engine.runner, workers)
    engine.runner = runner
    engine.sequences.kv_cache.before_copy = copy_everywhere
    return runner


@contextmanager
def _in_step() -> Iterator[None]:
    """Whatever fails here was not done by the others in the same way, so nothing can be done together any more."""
    try:
        yield
    except Exception as error:
        raise WorkerLostError(f"the ranks are out of step: {error}") from error
