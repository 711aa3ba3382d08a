"""Cuts a loaded model to the shard of one rank, by Hugging Face's plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.errors import UnsupportedModelError
from engine.parallel.layers import GatheredLinear, RowLinear
from engine.parallel.styles import COLUMN_STYLES, GATHERED_STYLES, ROW_STYLES, WHOLE_STYLES


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the cut tensors a process holds."""

    rank: int = 0
    num_ranks: int = 1

    def cut(self, tensor: torch.Tensor, dim: int) -> torch.Tensor:
        """A copy of this rank's part, so that the whole can be freed; the last part may be shorter."""
        size = -(-tensor.shape[dim] // self.num_ranks)
        begin = min(self.rank * size, tensor.shape[dim])
        return tensor.narrow(dim, begin, min(size, tensor.shape[dim] - begin)).clone()


WHOLE = Shard()


def shard_model(model: Any, shard: Shard) -> Any:
    """
    The model itself, of which every layer that the plan names is cut.

    Raises:
        UnsupportedModelError: the plan names a layer that cannot be cut, or evenly; names the model type and the layer.
    """
    if shard.num_ranks == 1:
        return model
    for name, layer, style in list(_planned_layers(model)):
        try:
            model.set_submodule(name, _cut_layer(layer, style, shard))
        except ValueError as error:
            raise UnsupportedModelError(f"{model.config.model_type}: {name} ({style}): {error}") from error
    return model


def _planned_layers(model: Any) -> Iterator[tuple[str, nn.Module, str]]:
    for name, layer in model.named_modules():
        # The plan has a star in the place of the number of a layer.
        rule = ".".join("*" if part.isdigit() else part for part in name.split("."))
        style = model.tp_plan.get(rule)
        if style and style not in WHOLE_STYLES:
            yield name, layer, style


def _cut_layer(layer: nn.Module, style: str, shard: Shard) -> nn.Module:
    if not isinstance(layer, nn.Linear):
        raise ValueError(f"expected a linear layer, got {type(layer).__name__}")
    weight, bias = layer.weight.data, layer.bias.data if layer.bias is not None else None
    if style in ROW_STYLES:
        _check_even(layer.in_features, shard)
        # Added once, to the sum.
        return RowLinear(shard.cut(weight, 1), bias)
    own_weight, own_bias = shard.cut(weight, 0), shard.cut(bias, 0) if bias is not None else None
    if style in GATHERED_STYLES:
        return GatheredLinear(own_weight, own_bias, layer.out_features, shard.num_ranks)
    if style not in COLUMN_STYLES:
        raise ValueError("a style that is not known here")
    _check_even(layer.out_features, shard)
    layer.out_features = own_weight.shape[0]
    layer.weight = nn.Parameter(own_weight, requires_grad=False)
    layer.bias = nn.Parameter(own_bias, requires_grad=False) if own_bias is not None else None
    return layer


def _check_even(size: int, shard: Shard) -> None:
    if size % shard.num_ranks:
        raise ValueError(f"expected a multiple of {shard.num_ranks} features, got {size}")
