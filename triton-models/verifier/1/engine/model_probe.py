"""What a model caches per layer, and whether the packed pass can run it at all."""

from typing import Any

import torch

from engine.attention import NAME
from engine.errors import UnsupportedModelError
from engine.kv_cache import LayerShape
from engine.packed_pass import ShapeProbe

BATCH_DEPENDENT_ROPE = ("dynamic", "longrope")


def refuse_batch_dependent_rope(model: Any) -> None:
    """
    Such frequencies follow the longest position in the batch, so that its other sequences would change an answer.

    Raises:
        UnsupportedModelError: names the model type and the RoPE.
    """
    rope = getattr(model.config, "rope_parameters", None) or {}
    for entry in (rope, *rope.values()):
        kind = entry.get("rope_type") if isinstance(entry, dict) else None
        if kind in BATCH_DEPENDENT_ROPE:
            raise UnsupportedModelError(f"{model.config.model_type}: RoPE of type {kind} depends on the batch")


@torch.inference_mode()
def probe_layers(model: Any) -> list[LayerShape]:
    """
    What each layer caches, found by a forward of one token instead of by each family's names for it.

    Raises:
        UnsupportedModelError: the model does not call the attention function once per layer.
    """
    kind = model.config.model_type
    probe = ShapeProbe()
    token = torch.zeros(1, 1, dtype=torch.int64, device=next(model.parameters()).device)
    try:
        model.set_attn_implementation(NAME)
        model(input_ids=token, position_ids=token, use_cache=False, logits_to_keep=token[0], packed_pass=probe)
    except Exception as error:
        raise UnsupportedModelError(f"{kind}: the packed pass cannot run it: {error}") from error
    num_layers = model.config.num_hidden_layers
    if probe.num_calls != num_layers or sorted(probe.shapes) != list(range(num_layers)):
        raise UnsupportedModelError(
            f"{kind}: its attention bypasses the packed pass ({probe.num_calls} calls for {num_layers} layers)"
        )
    return [probe.shapes[layer] for layer in range(num_layers)]
