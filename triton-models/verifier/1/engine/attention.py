"""The attention function of packed passes, for any model that takes its attention from AttentionInterface.

No mask function is registered under the name, so the models build no mask and hand the packed tokens over as they are.
"""

from typing import Any

import torch
from transformers import AttentionInterface

from engine.errors import UnsupportedModelError
from engine.packed_pass import PackedPass, ShapeProbe

NAME = "redraft_packed"
"""Name of the attention implementation that the models are switched to."""


def packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    scaling: float | None = None,
    packed_pass: PackedPass | ShapeProbe | None = None,
    sliding_window: int | None = None,
    **extra: Any,
) -> tuple[torch.Tensor, None]:
    """
    What the models call in every layer.

    Args:
        module: the layer's attention.
        query: Shape: [1, H, T, D].
        key: Shape: [1, G, T, D].
        value: Shape: [1, G, T, D].
        packed_pass: the keyword argument that was given to the model's forward.

    Returns:
        The attention's output, shape [1, T, H, D], and no weights.

    Raises:
        UnsupportedModelError: the model asks for what the packed pass does not have.
    """
    for name in ("softcap", "s_aux"):
        if extra.get(name) is not None:
            raise UnsupportedModelError(f"its attention uses {name}, which the packed pass does not have")
    if packed_pass is None:
        raise UnsupportedModelError("it does not hand keyword arguments down to its attention")
    window = sliding_window if sliding_window is not None else getattr(module, "sliding_window", None)
    return packed_pass.run(module.layer_idx, query, key, value, scaling, window), None


AttentionInterface.register(NAME, packed_attention)
