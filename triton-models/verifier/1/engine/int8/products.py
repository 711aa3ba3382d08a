"""Exact products of int8 rows in torch, and how activations become such rows."""

import functools

import torch

HIGHEST = 127
"""Largest magnitude of an int8 value; -128 is left out, so that the range is symmetric."""

WIDE = 128
"""Steps of the low part in one step of the high part of a wide activation."""

EXACT_FLOAT_TERMS = 2**24 // HIGHEST**2
"""Terms that float32 sums without rounding."""

MOST_SINGLE_ROWS = 6
"""Rows up to which a product per row is faster than one of all, measured: the weights are in the cache by then."""

_SMALLEST = 1e-30


def quantise_rows(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Each row on a scale of its own, so that no other row matters.

    Args:
        rows: float32. Shape: [T, K].

    Returns:
        int8 [T, K] and float32 scales [T, 1]; their product is about `rows`.
    """
    scales = _highest(rows) / HIGHEST
    return (rows / scales).round_().to(torch.int8), scales


def quantise_wide_rows(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    The same with 15 bits in two int8 parts, for rows with outliers: `WIDE` times the first half plus the second.

    Returns:
        int8 [2 T, K], all high parts before all low ones, and float32 scales [T, 1].
    """
    scales = _highest(rows) / (HIGHEST * WIDE)
    steps = (rows / scales).round_()
    high = (steps / WIDE).round_()
    low = steps.sub_(high * WIDE)
    return torch.cat((high, low)).to(torch.int8), scales


def join_wide_products(products: torch.Tensor) -> torch.Tensor:
    """Products of both parts of wide rows, float32 [2 T, N], overwritten → those of the rows [T, N]."""
    high, low = products.chunk(2)
    return high.mul_(WIDE).add_(low)


def int_product(rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """int8 [T, K] times int8 [N, K] → [T, N], the exact sums as int32."""
    if not _has_exact_int_mm():
        return float_block_product(rows, weight)
    if len(rows) <= MOST_SINGLE_ROWS:
        return torch.cat([torch._int_mm(row, weight.t()) for row in torch.split(rows, 1)])
    return torch._int_mm(rows, weight.t())


def float_block_product(rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The same sums by float32 products of so few terms that none is rounded; for CPUs whose int8 sums saturate."""
    total = torch.zeros(rows.shape[0], weight.shape[0], dtype=torch.int32)
    for begin in range(0, rows.shape[1], EXACT_FLOAT_TERMS):
        block = slice(begin, begin + EXACT_FLOAT_TERMS)
        total += (rows[:, block].float() @ weight[:, block].float().t()).to(torch.int32)
    return total


@functools.cache
def _has_exact_int_mm() -> bool:
    """Whether torch's int8 product is exact here. AVX without VNNI adds pairs in 16 bits, which may saturate."""
    for num_rows in (1, 2, 17, 64):
        rows = torch.full((num_rows, 96), HIGHEST, dtype=torch.int8)
        weight = torch.full((64, 96), HIGHEST, dtype=torch.int8)
        weight[::2] = -HIGHEST
        rows[::3, ::5] = -HIGHEST
        try:
            product = torch._int_mm(rows, weight.t())
        except RuntimeError:
            return False
        if not torch.equal(product, float_block_product(rows, weight)):
            return False
    return True


def _highest(rows: torch.Tensor) -> torch.Tensor:
    return rows.abs().amax(-1, keepdim=True).clamp_min_(_SMALLEST)
