"""Rounding to grids, so that float32 sums of products come out the same in any order.

Adding and subtracting 1.5 * 2^23 steps of a grid leaves the nearest multiple of the step: float32 has no finer digits
there. A sum of multiples of one step is exact while it stays below 2^24 steps.
"""

import torch

HALF_WAY = 1.5 * 2**23
QUERY_BITS = 11
KEY_BITS = 12
VALUE_BITS = 8
WEIGHT_BITS = 15
_SMALLEST = 2.0**-60


def round_to_norm(rows: torch.Tensor, num_bits: int) -> torch.Tensor:
    """
    Each row [..., D] on the grid of 2^num_bits steps up to its own length. By Cauchy and Schwarz the sums in a product
    of two such rows stay below 2^(bits + bits) steps, so QUERY_BITS + KEY_BITS leave one bit for the rounding up.
    """
    limits = power_above(torch.linalg.vector_norm(rows, dim=-1, keepdim=True))
    return _round(rows, limits * (HALF_WAY / 2**num_bits))


def split_to_norm(rows: torch.Tensor, num_bits: int) -> tuple[torch.Tensor, torch.Tensor]:
    """
    The same, and what the rounding took off as rows of their own, so that nearly all digits are kept: models whose keys
    have large biases, as Qwen2.5, lose what tells positions apart on one grid.

    Returns:
        Rows on their coarse grids and rows on the fine ones, both [..., D].
    """
    coarse = round_to_norm(rows, num_bits)
    return coarse, round_to_norm(rows - coarse, num_bits)


def round_values(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Each row [..., D] divided by a power of two of its own and rounded to steps of 2^-VALUE_BITS.

    Returns:
        Rows of magnitudes up to 1 [..., D], and the powers [..., 1].
    """
    limits = power_above(values.abs().amax(-1, keepdim=True))
    return _round(values / limits, HALF_WAY / 2**VALUE_BITS), limits


def round_weights(weights: torch.Tensor, limits: torch.Tensor) -> torch.Tensor:
    """
    Attention weights [..., S], rounded in place. The weights of a row add up to at most its limit [..., 1], a power of
    two, so a sum over keys stays below 2^(WEIGHT_BITS + VALUE_BITS) steps, and its rounding below as many again.
    """
    offset = limits * (HALF_WAY / 2**WEIGHT_BITS)
    return weights.add_(offset).sub_(offset)


def power_above(magnitudes: torch.Tensor) -> torch.Tensor:
    """Powers of two, each above its float32 magnitude and at most twice it."""
    magnitudes = magnitudes.clamp_min(_SMALLEST)
    # The exponent alone, without the digits, is the power below; what is not finite stays so.
    return (magnitudes.view(torch.int32) & 0x7F800000).view(torch.float32) * 2


def _round(rows: torch.Tensor, offset: torch.Tensor | float) -> torch.Tensor:
    return (rows + offset).sub_(offset)
