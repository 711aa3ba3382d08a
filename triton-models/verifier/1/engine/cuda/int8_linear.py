"""Linear layers whose products are of integers: int8 weights, activations in 15 bits as two int8 parts."""

import torch
from torch import nn
from torch.nn.functional import pad

from engine.int8.linear import quantise_weight
from engine.int8.products import join_wide_products, quantise_wide_rows

FEWEST_ROWS = 32
"""The device's product takes more than 16."""


class DeviceInt8Linear(nn.Module):
    """
    The sums are exact, so they do not depend on the number of rows.

    Args:
        weight: floating point; K and N are multiples of 8. Shape: [N, K].
        bias: Shape: [N].
    """

    MULTIPLE = 8
    """What the kernel asks of K and N."""

    weight: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None):
        super().__init__()
        quantised, scales = quantise_weight(weight)
        self.register_buffer("weight", quantised)
        self.register_buffer("scales", scales)
        self.register_buffer("bias", None if bias is None else bias.detach().float().clone())

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., K] → [..., N] in the same number format."""
        rows, scales = quantise_wide_rows(hidden.reshape(-1, hidden.shape[-1]).float())
        output = join_wide_products(self._products(rows)).mul_(self.scales).mul_(scales)
        if self.bias is not None:
            output.add_(self.bias)
        return output.to(hidden.dtype).view(*hidden.shape[:-1], -1)

    def _products(self, rows: torch.Tensor) -> torch.Tensor:
        """int8 [2 T, K] → float32 [2 T, N]."""
        padding = max(0, FEWEST_ROWS - len(rows))
        products = torch._int_mm(pad(rows, (0, 0, 0, padding)) if padding else rows, self.weight.t())
        return products[: len(rows)].float()
