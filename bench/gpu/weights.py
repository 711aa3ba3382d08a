"""Weights of 8 bits: a layer beside its float product, and pass times of the large model."""

from collections.abc import Iterator

import torch
from bench.gpu.machine import measure_limits
from bench.gpu.pass_times import time_passes
from bench.gpu.passes import random_llama
from bench.gpu.scale import Scale
from bench.gpu.section import Figure
from torch import nn

from engine.cuda.quantised import FORMATS, LAYERS, check_capability, quantise_layers
from engine.errors import ConfigError

TOLERANCE = 0.1
"""Largest error beside the largest output."""


def run(scale: Scale) -> Iterator[Figure]:
    """The section. A format that the card lacks is left out."""
    limits = measure_limits(scale)
    for name, dtype in FORMATS.items():
        if scale.device.type == "cuda":
            try:
                check_capability(name, scale.device)
            except ConfigError as error:
                yield Figure(f"{name}: {error}", {})
                continue
        yield _layer_error(name, dtype, scale)
        model = quantise_layers(random_llama(scale.large_model, scale.device), dtype)
        for figure in time_passes(model, limits, scale):
            yield Figure(f"{name}, {figure.name}", figure.values)
        del model


def _layer_error(name: str, dtype: torch.dtype, scale: Scale) -> Figure:
    torch.manual_seed(0)
    size = scale.large_model["hidden_size"]
    linear = nn.Linear(size, size, bias=False, device=scale.device).requires_grad_(False)
    rows = torch.randn(64, size, device=scale.device, dtype=torch.bfloat16)
    expected = linear(rows.float())
    error = float((LAYERS[dtype](linear.weight)(rows).float() - expected).abs().max() / expected.abs().max())
    if not error <= TOLERANCE:
        raise ValueError(f"{name}: expected an error of at most {TOLERANCE} of the largest output, got {error}")
    return Figure(f"{name}, one layer", {"largestErrorShare": error})
