"""What the attention function must know of one packed pass: where each token's K/V goes and what it may attend to.

Letters in shapes: T packed tokens, H query heads, G key/value heads, D head dimension, S keys of a segment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from kv_pool import KvPool, LayerShape
from passes import Piece


@dataclass(slots=True, eq=False)
class Segment:
    """The queries of one piece and the slots that they attend to."""

    queries: slice
    key_spans: list[tuple[int, int]]
    """Slots `[start, end)` in the order of positions."""

    masks: dict[int | None, torch.Tensor | None] = field(default_factory=dict)

    @property
    def num_queries(self) -> int:
        return self.queries.stop - self.queries.start

    @property
    def num_keys(self) -> int:
        return sum(end - start for start, end in self.key_spans)

    def gather(self, cached: torch.Tensor) -> torch.Tensor:
        """Its rows of `cached [slots, G, D]`, a view where they are contiguous. Shape: [S, G, D]."""
        spans = [cached[start:end] for start, end in self.key_spans]
        return spans[0] if len(spans) == 1 else torch.cat(spans)

    def is_plainly_causal(self, window: int | None) -> bool:
        """Whether the triangle from the first key on is all there is to mask: a prompt from its start."""
        return 1 < self.num_queries == self.num_keys and not self._reaches(window)

    def mask(self, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
        """Additive lower-right causal mask, built once per pass. Shape: [queries, S]; None: all see all."""
        if window not in self.masks:
            self.masks[window] = self._build_mask(window, like)
        return self.masks[window]

    def _build_mask(self, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
        queries, keys = self.num_queries, self.num_keys
        if queries == 1 and not self._reaches(window):
            return None
        seen = torch.ones(queries, keys, dtype=torch.bool, device=like.device).tril_(keys - queries)
        if window is not None:
            seen.triu_(keys - queries - window + 1)
        return torch.zeros(queries, keys, dtype=like.dtype, device=like.device).masked_fill_(~seen, float("-inf"))

    def _reaches(self, window: int | None) -> bool:
        return window is not None and self.num_keys > window


Attend = Callable[["PackedPass", torch.Tensor, torch.Tensor, torch.Tensor, float | None, int | None], torch.Tensor]
"""(pass, query [1, H, T, D], cached keys and values [slots, G, D], scaling, sliding window) → [1, T, H, D]."""


@dataclass(slots=True, eq=False)
class PackedPass:
    """One forward over all pieces; each layer calls `run` once."""

    pool: KvPool
    write_slots: torch.Tensor
    """Slot of every packed token. Shape: [T], int64."""

    segments: list[Segment]
    attend: Attend
    calls: int = 0
    kernel_arguments: object = None
    """Kept by `attend` from the first layer for the others."""

    @classmethod
    def of(cls, pieces: list[Piece], pool: KvPool, attend: Attend) -> "PackedPass":
        segments, written, begin = [], [], 0
        for piece in pieces:
            end = begin + piece.num_tokens
            segments.append(Segment(slice(begin, end), piece.key_spans))
            written.append((piece.lane.slot + piece.begin, piece.lane.slot + piece.end))
            begin = end
        return cls(pool, slots_tensor(written, pool.device), segments, attend)

    def run(self, layer: int, query, key, value, scaling: float | None, window: int | None) -> torch.Tensor:
        """Caches key and value [1, G, T, D] and attends: query [1, H, T, D] → [1, T, H, D]."""
        self.calls += 1
        keys, values = self.pool.keys[layer], self.pool.values[layer]
        keys.index_copy_(0, self.write_slots, key[0].transpose(0, 1))
        values.index_copy_(0, self.write_slots, value[0].transpose(0, 1))
        return self.attend(self, query, keys, values, scaling, window)


@dataclass(slots=True, eq=False)
class ShapeProbe:
    """Stands in for a pass at load: attends to nothing, records what every layer caches."""

    shapes: dict[int, LayerShape] = field(default_factory=dict)
    calls: int = 0

    def run(self, layer: int, query, key, value, scaling: float | None, window: int | None) -> torch.Tensor:
        self.calls += 1
        self.shapes[layer] = LayerShape(key.shape[1], key.shape[3], value.shape[3])
        return query.new_zeros(1, query.shape[2], query.shape[1], value.shape[3])


def slots_tensor(spans: list[tuple[int, int]], device: torch.device) -> torch.Tensor:
    """All slots of the spans, back to back. Int64."""
    return torch.from_numpy(np.concatenate([np.arange(*span) for span in spans])).to(device)
