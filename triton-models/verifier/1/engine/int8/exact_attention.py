"""Attention of a packed pass on grids, in torch: a query's output is the same to the bit, whatever is beside it."""

from collections.abc import Sequence

import torch

from engine.int8.exact_cache import ExactKvCache
from engine.int8.grid import QUERY_BITS, round_weights, split_to_norm
from engine.scheduler import Chunk

QUERIES = 128
"""Queries attended at a time, so that their scores stay in the processor's cache."""

KEYS = ExactKvCache.MIN_PADDING
"""Keys are read in whole blocks, so that every softmax has whole vectors."""


class ExactAttention:
    """An attention backend over an ExactKvCache."""

    def __init__(self, chunks: Sequence[Chunk], device: torch.device):
        self._blocks: list[_QueryBlock] = []
        offset = 0
        for chunk in chunks:
            for begin in range(chunk.begin, chunk.end, QUERIES):
                part = Chunk(chunk.lane, begin, min(begin + QUERIES, chunk.end))
                self._blocks.append(_QueryBlock(slice(offset, offset + part.num_tokens), part, device))
                offset += part.num_tokens

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        factor = query.shape[-1] ** -0.5 if scaling is None else scaling
        coarse, fine = split_to_norm(query * factor, QUERY_BITS)
        outputs = [block.attend(coarse, fine, keys, values, window) for block in self._blocks]
        return (outputs[0] if len(outputs) == 1 else torch.cat(outputs, 2)).transpose(1, 2)


class _QueryBlock:
    """Up to QUERIES queries of a chunk and the keys that they attend to."""

    def __init__(self, queries: slice, chunk: Chunk, device: torch.device):
        self._queries = queries
        self._num_queries = chunk.num_tokens
        self._num_keys = chunk.num_keys
        self._num_read = -(-chunk.num_keys // KEYS) * KEYS
        self._spans = chunk.key_spans
        self._device = device
        self._masks: dict[int | None, tuple[int, torch.Tensor]] = {}

    def attend(
        self, coarse: torch.Tensor, fine: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, window: int | None
    ) -> torch.Tensor:
        """Both parts of the query [1, H, T, D] → [1, H, queries, D]."""
        num_kv_heads, num_queries = keys.shape[1], self._num_queries
        scores = self._scores(coarse, fine, self._read(keys).permute(1, 2, 0))
        first, hidden = self._mask(window)
        scores.view(num_kv_heads, -1, num_queries, self._num_read)[..., first:].masked_fill_(hidden, float("-inf"))
        read = self._read(values)
        limits = read[..., -1].t().contiguous()
        weights = scores.softmax(-1).mul_(limits[:, None])
        weights = round_weights(weights, self._row_limits(limits, weights.shape[1]))
        output = torch.bmm(weights, read[..., :-1].transpose(0, 1))
        return output.view(1, coarse.shape[1], num_queries, -1)

    def _scores(self, coarse: torch.Tensor, fine: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """
        Each product is exact, their sum is rounded twice in one order; fine times fine is below float32's digits.

        Args:
            keys: both parts. Shape: [G, 2 D, read].
        """
        key_dim = coarse.shape[-1]
        coarse, fine = (part[0, :, self._queries].reshape(keys.shape[0], -1, key_dim) for part in (coarse, fine))
        scores = torch.bmm(coarse, keys[:, :key_dim])
        scores.add_(torch.bmm(coarse, keys[:, key_dim:]))
        return scores.add_(torch.bmm(fine, keys[:, :key_dim]))

    def _row_limits(self, limits: torch.Tensor, num_rows: int) -> torch.Tensor:
        """The highest power among the keys that each query may see. [G, read] → [G, rows, 1]."""
        first = self._num_keys - self._num_queries
        before = limits[:, : first + 1].amax(-1, keepdim=True)
        if self._num_queries > 1:
            new = torch.cat((before, limits[:, first + 1 : self._num_keys]), -1)
            before = new.cummax(-1).values.repeat(1, num_rows // self._num_queries)
        return before[..., None] if before.shape[1] == num_rows else before[..., None].expand(-1, num_rows, 1)

    def _read(self, cached: torch.Tensor) -> torch.Tensor:
        """The block's slots of `cached` [slots, G, D], a view where they are contiguous. Shape: [read, G, D]."""
        begin, end = self._spans[-1]
        end += self._num_read - self._num_keys
        if len(self._spans) == 1:
            return cached[begin:end]
        return torch.cat([*(cached[first:last] for first, last in self._spans[:-1]), cached[begin:end]])

    def _mask(self, window: int | None) -> tuple[int, torch.Tensor]:
        """First key that some query does not see, and what is hidden from there on. Shape: [queries, keys]."""
        if window not in self._masks:
            num_before = self._num_keys - self._num_queries
            positions = torch.arange(num_before, self._num_keys, device=self._device)[:, None]
            first = 0 if window is not None and self._num_keys > window else num_before
            keys = torch.arange(first, self._num_read, device=self._device)
            hidden = keys > positions
            if window is not None:
                hidden |= keys <= positions - window
            self._masks[window] = first, hidden
        return self._masks[window]
