"""What the machine can do at best: bytes read and products computed in a second."""

import time
from collections.abc import Callable

import torch

REPEATS = 7


def shortest_seconds(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least time of several runs: other programs can only add to it."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def read_bytes_per_second() -> float:
    """By summing more than any cache holds."""
    numbers = torch.ones(2**26)
    return numbers.nbytes / shortest_seconds(numbers.sum)


def operations_per_second(dtype: torch.dtype) -> float:
    """Multiplications and additions of a product whose operands stay in the cache."""
    rows, channels, terms = 256, 2048, 1024
    if dtype is torch.int8:
        left, right = torch.ones(rows, terms, dtype=dtype), torch.ones(channels, terms, dtype=dtype)
        seconds = shortest_seconds(lambda: torch._int_mm(left, right.t()))
    else:
        left, right = torch.ones(rows, terms, dtype=dtype), torch.ones(channels, terms, dtype=dtype)
        seconds = shortest_seconds(lambda: left @ right.t())
    return 2 * rows * channels * terms / seconds
