"""The short way through a linear layer with LoRA is the one that peft takes."""

import torch
from peft import LoraConfig
from peft.tuners.lora import Linear
from torch import nn
from training import lora_linear


def layer_of(generator: torch.Generator) -> Linear:
    layer = Linear(nn.Linear(6, 5), "default", LoraConfig(r=2, lora_alpha=4), r=2, lora_alpha=4)
    for weight in layer.parameters():
        weight.data = torch.randn(weight.shape, generator=generator)
    layer.base_layer.requires_grad_(False)
    return layer


def test_results_and_gradients_are_those_of_peft():
    generator = torch.Generator().manual_seed(3)
    layer = layer_of(generator)
    inputs = torch.randn(1, 7, 6, generator=generator).requires_grad_()
    learnt = [inputs, layer.lora_A["default"].weight, layer.lora_B["default"].weight]
    slopes = torch.randn(1, 7, 5, generator=generator)
    expected = layer(inputs)
    expected_gradients = torch.autograd.grad(expected, learnt, slopes)
    lora_linear.install(layer)
    result = layer(inputs)
    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(torch.autograd.grad(result, learnt, slopes), expected_gradients)
