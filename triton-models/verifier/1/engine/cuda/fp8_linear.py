"""Linear layers whose products are of 8-bit floating point numbers (e4m3), with a scale per row and per channel."""

import torch
from torch import nn

HIGHEST = torch.finfo(torch.float8_e4m3fn).max
_SMALLEST = 1e-12


def quantise_fp8(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Each row on a scale of its own, so that no other row matters.

    Args:
        rows: Shape: [T, K].

    Returns:
        float8 [T, K] and float32 scales [T, 1]; their product is about `rows`.
    """
    rows = rows.float()
    scales = rows.abs().amax(-1, keepdim=True).clamp_min_(_SMALLEST) / HIGHEST
    # Rounding may lead above the highest number, which would be none.
    return (rows / scales).clamp_(-HIGHEST, HIGHEST).to(torch.float8_e4m3fn), scales


class Fp8Linear(nn.Module):
    """
    Args:
        weight: floating point; K and N are multiples of 16. Shape: [N, K].
        bias: Shape: [N].
    """

    MULTIPLE = 16
    """What the kernel asks of K and N."""

    weight: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None):
        super().__init__()
        quantised, scales = quantise_fp8(weight.detach())
        self.register_buffer("weight", quantised)
        self.register_buffer("scales", scales.t().contiguous())
        self.register_buffer("bias", None if bias is None else bias.detach().clone())

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., K] → [..., N] in the same number format."""
        rows, scales = quantise_fp8(hidden.reshape(-1, hidden.shape[-1]))
        output = torch._scaled_mm(
            rows, self.weight.t(), scale_a=scales, scale_b=self.scales, out_dtype=hidden.dtype, use_fast_accum=False
        )
        if self.bias is not None:
            output.add_(self.bias)
        return output.view(*hidden.shape[:-1], -1)
