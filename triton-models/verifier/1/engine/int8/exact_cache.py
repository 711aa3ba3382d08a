"""The KV cache of exact attention: keys and values on their grids, in float32."""

import torch

from engine.int8.grid import KEY_BITS, round_values, split_to_norm
from engine.kv_cache import KvCache, LayerShape


class ExactKvCache(KvCache):
    """
    K per layer [slots, G, 2 key_dim], the coarse part first; V per layer [slots, G, value_dim + 1].

    Args:
        shapes: what `stored` makes of the layers'.
    """

    MIN_PADDING = 64
    """Slots behind the last one, so that keys may be read in whole blocks."""

    @staticmethod
    def stored(shape: LayerShape) -> LayerShape:
        """
        A key is kept in two parts. A value carries the power of two that it was divided by as its last element, so that
        both move together.
        """
        return LayerShape(shape.num_heads, 2 * shape.key_dim, shape.value_dim + 1)

    def write(self, layer: int, slots: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> None:
        """Caches key and value [T, G, D], rounded."""
        self.keys[layer].index_copy_(0, slots, torch.cat(split_to_norm(key, KEY_BITS), -1))
        # A sequence that is not finite is dropped later, by its logits; until then its slots must not harm others.
        rows = torch.cat(round_values(value), -1).nan_to_num_(0.0, 0.0, 0.0)
        self.values[layer].index_copy_(0, slots, rows)
