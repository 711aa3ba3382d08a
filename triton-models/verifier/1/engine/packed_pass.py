"""One forward over the chunks of many sequences, as the attention of each layer sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch

from engine.kv_cache import KvCache, LayerShape, slot_indices
from engine.scheduler import Chunk


class Attention(Protocol):
    """Attention of all chunks of one pass; called once per layer."""

    def __call__(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        """
        Args:
            query: Shape: [1, H, T, D].
            keys: K of all slots of the layer. Shape: [slots, G, D].
            values: V of all slots of the layer. Shape: [slots, G, D].
            scaling: factor of the scores; None: one over the root of D.
            window: keys that a query sees, its own included; None: all up to its own.

        Returns:
            Shape: [1, T, H, D].
        """


AttentionBackend = Callable[[Sequence[Chunk], torch.device], Attention]
"""Makes the attention of one pass. The device is that of the tensors to come."""


@dataclass(slots=True, eq=False)
class PackedPass:
    """Handed to the model's forward and from there to every layer, which calls `run` once."""

    kv_cache: KvCache
    slot_mapping: torch.Tensor
    """Slot of every packed token. Shape: [T], int64."""

    attend: Attention
    num_calls: int = 0

    @classmethod
    def of(cls, chunks: Sequence[Chunk], kv_cache: KvCache, backend: AttentionBackend) -> "PackedPass":
        """The pass over `chunks`, packed in this order."""
        slot_mapping = slot_indices([span for chunk in chunks for span in chunk.slots], kv_cache.device)
        return cls(kv_cache, slot_mapping, backend(chunks, kv_cache.device))

    def run(
        self,
        layer: int,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        """Caches key and value [1, G, T, D] and attends: query [1, H, T, D] → [1, T, H, D]."""
        self.num_calls += 1
        cache = self.kv_cache
        cache.write(layer, self.slot_mapping, key[0].transpose(0, 1), value[0].transpose(0, 1))
        return self.attend(query, cache.keys[layer], cache.values[layer], scaling, window)


@dataclass(slots=True, eq=False)
class ShapeProbe:
    """Stands in for a pass at load: attends to nothing, records what every layer caches."""

    shapes: dict[int, LayerShape] = field(default_factory=dict)
    num_calls: int = 0

    def run(
        self,
        layer: int,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scaling: float | None,
        window: int | None,
    ) -> torch.Tensor:
        """Zeros in the shape of a pass's answer: query [1, H, T, D] → [1, T, H, D]."""
        self.num_calls += 1
        self.shapes[layer] = LayerShape(key.shape[1], key.shape[3], value.shape[3])
        return query.new_zeros(1, query.shape[2], query.shape[1], value.shape[3])
