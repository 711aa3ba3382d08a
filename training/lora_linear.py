"""The forward pass of a linear layer with LoRA, without the passes over its result that peft's own takes.

Peft scales what the LoRA gives and adds it: two more tensors of the result's size, forward and
backward. On a CPU with bf16 units these take longer than the products.
"""

from functools import partial

import torch
from peft.tuners.lora import Linear
from torch import nn

_ADAPTER = "default"


def install(model: nn.Module) -> None:
    """Have every linear layer of a model with one LoRA compute by `forward`, until the LoRA is merged."""
    for layer in model.modules():
        if isinstance(layer, Linear):
            layer.forward = partial(forward, layer)


def forward(layer: Linear, inputs: torch.Tensor) -> torch.Tensor:
    """Return the layer's result with its LoRA's. Inputs (..., in) → (..., out); without dropout."""
    # Flat, so that the sum below is not on a view: autograd would copy the gradient.
    rows = inputs.flatten(0, -2)
    result = layer.base_layer(rows)
    low = layer.lora_A[_ADAPTER](rows)
    # In place: the product's own result is needed nowhere else, the backward pass included.
    result.addmm_(low, layer.lora_B[_ADAPTER].weight.T, alpha=layer.scaling[_ADAPTER])
    return result.view(*inputs.shape[:-1], -1)
