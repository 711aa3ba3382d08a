"""Linear layers of which each rank holds a share. Their forwards meet those of all other ranks."""

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import linear, pad


class RowLinear(nn.Module):
    """
    A share of the input features.

    Args:
        weight: Shape: [outputs, share of the inputs].
        bias: of the whole layer.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None):
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False) if bias is not None else None

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The whole layer's output, on every rank: [..., share of the inputs] → [..., outputs]."""
        products = linear(rows, self.weight)
        dist.all_reduce(products)
        return products if self.bias is None else products + self.bias


class GatheredLinear(nn.Module):
    """
    A share of the output features, which each rank hands to all others.

    Args:
        weight: Shape: [share of the outputs, inputs]; the last rank's share may be smaller.
        bias: Shape: [share of the outputs].
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, num_outputs: int, num_ranks: int):
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False) if bias is not None else None
        self._num_outputs = num_outputs
        self._num_ranks = num_ranks

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The whole layer's output, on every rank: [..., inputs] → [..., outputs]."""
        own = linear(rows, self.weight, self.bias)
        # Shares of one size can be gathered in one call.
        own = pad(own, (0, -(-self._num_outputs // self._num_ranks) - own.shape[-1])).contiguous()
        shares = own.new_empty(self._num_ranks * own.shape[0], *own.shape[1:])
        dist.all_gather_single(shares, own)
        return torch.cat(shares.chunk(self._num_ranks), -1)[..., : self._num_outputs]
