"""Attention of a packed pass by PyTorch's SDPA, one call per chunk: any device, any dtype."""

from collections.abc import Sequence

import torch
from torch.nn.functional import scaled_dot_product_attention

from engine.scheduler import Chunk


class SdpaAttention:
    """Masks are built in the first layer that needs them and serve the others of the pass."""

    def __init__(self, chunks: Sequence[Chunk], device: torch.device):
        self._chunks: list[_ChunkAttention] = []
        begin = 0
        for chunk in chunks:
            end = begin + chunk.num_tokens
            self._chunks.append(_ChunkAttention(slice(begin, end), chunk, device))
            begin = end

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        outputs = [chunk.attend(query, keys, values, scaling, window) for chunk in self._chunks]
        return (outputs[0] if len(outputs) == 1 else torch.cat(outputs, 2)).transpose(1, 2)


class _ChunkAttention:
    """The queries of one chunk and the keys that they attend to."""

    def __init__(self, queries: slice, chunk: Chunk, device: torch.device):
        self._queries = queries
        self._key_spans = chunk.key_spans
        self._num_queries = chunk.num_tokens
        self._num_keys = chunk.num_keys
        self._device = device
        self._masks: dict[int | None, torch.Tensor | None] = {}

    def attend(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        """query [1, H, T, D] → [1, H, queries, D]."""
        is_causal = self._is_plainly_causal(window)
        return scaled_dot_product_attention(
            query[:, :, self._queries],
            self._gather(keys).transpose(0, 1)[None],
            self._gather(values).transpose(0, 1)[None],
            # A prompt needs no [S, S] mask where the kernel can do without.
            attn_mask=None if is_causal else self._mask(window, query.dtype),
            is_causal=is_causal,
            scale=scaling,
            enable_gqa=query.shape[1] != keys.shape[1],
        )

    def _gather(self, cached: torch.Tensor) -> torch.Tensor:
        """The chunk's slots of `cached` [slots, G, D], a view where they are contiguous. Shape: [S, G, D]."""
        spans = [cached[start:end] for start, end in self._key_spans]
        return spans[0] if len(spans) == 1 else torch.cat(spans)

    def _is_plainly_causal(self, window: int | None) -> bool:
        """Whether the triangle from the first key on is all there is to mask: a prompt from its start."""
        return 1 < self._num_queries == self._num_keys and not self._exceeds(window)

    def _mask(self, window: int | None, dtype: torch.dtype) -> torch.Tensor | None:
        """Additive lower-right causal mask. Shape: [queries, S]; None: all see all."""
        if window not in self._masks:
            self._masks[window] = self._build_mask(window, dtype)
        return self._masks[window]

    def _build_mask(self, window: int | None, dtype: torch.dtype) -> torch.Tensor | None:
        num_queries, num_keys = self._num_queries, self._num_keys
        if num_queries == 1 and not self._exceeds(window):
            return None
        seen = torch.ones(num_queries, num_keys, dtype=torch.bool, device=self._device).tril_(num_keys - num_queries)
        if window is not None:
            seen.triu_(num_keys - num_queries - window + 1)
        zeros = torch.zeros(num_queries, num_keys, dtype=dtype, device=self._device)
        return zeros.masked_fill_(~seen, float("-inf"))

    def _exceeds(self, window: int | None) -> bool:
        return window is not None and self._num_keys > window
