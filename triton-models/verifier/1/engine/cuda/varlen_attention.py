"""Attention of a packed pass by one call of a variable-length kernel: CUDA, bfloat16 or float16."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from engine.cuda.pass_inputs import PassTensors
from engine.cuda.pass_shape import PassShape


@dataclass(frozen=True, slots=True, eq=False)
class VarlenAttention:
    """One call of the kernel per layer. Its numbers follow from the shape alone, so that a graph may hold them."""

    kernel: Callable[..., Any]
    """torch.nn.attention.varlen.varlen_attn, or a function of the same signature."""

    shape: PassShape
    tensors: PassTensors
    block_tokens: int

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        output: torch.Tensor = self.kernel(
            query[0].transpose(0, 1),
            self._read(keys),
            self._read(values),
            self.tensors.cu_seqlens_q,
            self.tensors.cu_seqlens_k,
            # Bounds are enough: the kernel leaves what lies behind a chunk's end at once.
            self.shape.num_tokens,
            self.shape.num_gathered_keys or self.shape.table_width * self.block_tokens,
            scale=scaling,
            # The kernel counts the keys left of a query; Hugging Face counts the query itself too.
            window_size=(-1 if window is None else window - 1, 0),
            enable_gqa=query.shape[1] != keys.shape[1],
            # Split keys are summed in an order that depends on the batch; one split keeps a step's answer its own.
            # With more, a kernel that reads blocks leaves rows of later sequences unwritten too (PyTorch issue 194167).
            num_splits=1,
            **self._paging(),
        )
        return output[None]

    def _read(self, cached: torch.Tensor) -> torch.Tensor:
        """
        [slots, G, D] → [blocks, slots of a block, G, D], which the kernel reads by the block table, or a copy of the
        gathered keys back to back [sum of S, G, D].
        """
        if self.shape.num_gathered_keys:
            return cached.index_select(0, self.tensors.key_slots)
        return cached.view(-1, self.block_tokens, *cached.shape[1:])

    def _paging(self) -> dict[str, torch.Tensor]:
        if self.shape.num_gathered_keys:
            return {}
        return {"block_table": self.tensors.block_table, "seqused_k": self.tensors.seqused_k}
