"""Attention of a packed pass by the native library, over keys and values in float32 as they are."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from engine.block_table import SlotSpan
from engine.int8.native import structures
from engine.int8.native.library import Library
from engine.scheduler import Chunk


class NativeAttention:
    """
    An attention over a KvCache, and what a whole layer reads of the pass.

    Args:
        library: what runs it.
    """

    def __init__(self, library: Library, chunks: Sequence[Chunk]):
        self.library = library
        self._slots = [_slots(chunk.key_spans) for chunk in chunks]
        described = [
            structures.Chunk(chunk.num_tokens, chunk.num_keys - chunk.num_tokens, slots.ctypes.data)
            for chunk, slots in zip(chunks, self._slots, strict=True)
        ]
        self._chunks = (structures.Chunk * len(chunks))(*described)
        num_rows = sum(chunk.num_tokens for chunk in chunks)
        self._pass = structures.Pass(self._chunks, len(chunks), num_rows, None, None, torch.get_num_threads())
        self._positions: tuple[torch.Tensor, ...] = ()

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        key_dim = query.shape[-1]
        factor = key_dim**-0.5 if scaling is None else scaling
        shape = structures.Attention(query.shape[1], keys.shape[1], key_dim, values.shape[-1], window or 0, factor)
        return self.library.attention(
            shape, self._pass, query if query.stride(-1) == 1 else query.contiguous(), keys, values
        )

    def with_positions(self, cos: torch.Tensor, sin: torch.Tensor) -> structures.Pass:
        """The pass with these cosines and sines [1, T, D], which it keeps."""
        if not self._positions or self._positions[0] is not cos:
            tables = cos.contiguous(), sin.contiguous()
            self._positions = cos, *tables
            self._pass.cosines, self._pass.sines = (table.data_ptr() for table in tables)
        return self._pass


def _slots(spans: list[SlotSpan]) -> npt.NDArray[np.int32]:
    """All slots of the spans, back to back."""
    return np.concatenate([np.arange(*span, dtype=np.int32) for span in spans])
