"""Packed passes on a GPU: write the inputs → send them → replay a graph → fetch the choices."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.cuda.cuda_graph import Capture, Compute
from engine.cuda.padded_cache import PaddedKvCache
from engine.cuda.pass_inputs import PassInputs
from engine.cuda.pass_output import PassOutput, pack_choices
from engine.cuda.pass_shape import PassShape, PassShapes
from engine.cuda.varlen_attention import VarlenAttention
from engine.model_runner import GreedyChoices, ModelRunner
from engine.packed_pass import PackedPass
from engine.scheduler import Chunk

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class StagedPass:
    """A pass of one shape, to be filled with chunks and computed any number of times."""

    inputs: PassInputs
    compute: Compute


class CudaRunner(ModelRunner):
    """
    Args:
        kernel: torch.nn.attention.varlen.varlen_attn, or a function of the same signature.
        capture: makes the graphs, at once; None: no graphs.
    """

    def __init__(
        self,
        model: Any,
        kv_cache: PaddedKvCache,
        kernel: Callable[..., Any],
        max_pass_tokens: int,
        capture: Capture | None = None,
    ):
        super().__init__(model, kv_cache)
        self._kernel = kernel
        self._padding_slot = kv_cache.padding_slot
        pool = kv_cache.pool
        max_blocks = -(-self.context_tokens // pool.block_tokens) if self.context_tokens else pool.num_blocks
        self._shapes = PassShapes(min(max_blocks, pool.num_blocks), max_pass_tokens)
        self._output = PassOutput(kv_cache.device)
        self._graphs: dict[PassShape, StagedPass] = self._capture_all(capture) if capture else {}

    def choose(self, chunks: Sequence[Chunk]) -> GreedyChoices:
        """See ModelRunner."""
        shape = self._shapes.fit(chunks)
        staged = self._graphs.get(shape) or self._stage(shape)
        staged.inputs.send(chunks)
        packed = staged.compute()
        return self._output.fetch(packed, sum(chunk.num_answers for chunk in chunks))

    def _stage(self, shape: PassShape) -> StagedPass:
        """A pass of the shape without a graph."""
        kv_cache = self.kv_cache
        inputs = PassInputs(shape, kv_cache.device, kv_cache.pool.block_tokens, self._padding_slot)
        tensors = inputs.tensors

        def compute() -> torch.Tensor:
            attention = VarlenAttention(self._kernel, shape, tensors, inputs.block_tokens)
            packed_pass = PackedPass(kv_cache, tensors.slots, attention)
            return pack_choices(self.logits(tensors.tokens, tensors.positions, tensors.answers, packed_pass))

        return StagedPass(inputs, compute)

    @torch.inference_mode()
    def _capture_all(self, capture: Capture) -> dict[PassShape, StagedPass]:
        graphs = {}
        for shape in self._shapes.to_capture():
            staged = self._stage(shape)
            staged.inputs.send([])
            try:
                replay = capture(staged.compute)
            except RuntimeError as error:
                # A model that asks the device for a value in the middle of a pass; the next shape would fail too.
                logger.warning("this model runs without CUDA graphs (REDRAFT_CUDA_GRAPHS=off saves the try): %s", error)
                break
            if replay:
                graphs[shape] = StagedPass(staged.inputs, replay)
        logger.info("%d CUDA graphs captured", len(graphs))
        return graphs
