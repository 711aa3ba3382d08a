"""What the device can do at best: bytes moved and products computed in a second."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from bench.gpu.passes import median_seconds
from bench.gpu.scale import Scale
from bench.gpu.section import Figure

NUM_REPEATS = 10


@dataclass(frozen=True)
class Limits:
    """Measured."""

    bytes_per_second: float
    bf16_operations_per_second: float

    def floor_seconds(self, num_bytes: int, num_weights: int, num_tokens: int) -> float:
        """The least time of a pass that reads so many bytes, and multiplies and adds each weight once per token."""
        computing = 2 * num_weights * num_tokens / self.bf16_operations_per_second
        return max(num_bytes / self.bytes_per_second, computing)


def measure_limits(scale: Scale) -> Limits:
    """By a copy that no cache holds, and by a square product."""
    source = torch.ones(scale.copied_bytes, dtype=torch.int8, device=scale.device)
    target = torch.empty_like(source)
    copying = median_seconds(lambda: target.copy_(source), scale.device, NUM_REPEATS)
    square = torch.ones(scale.product_size, scale.product_size, dtype=torch.bfloat16, device=scale.device)
    return Limits(2 * scale.copied_bytes / copying, _rate(lambda: square @ square.t(), scale))


def run(scale: Scale) -> Iterator[Figure]:
    """The section."""
    limits = measure_limits(scale)
    yield Figure("copy", {"gigabytesPerSecond": limits.bytes_per_second / 1e9})
    yield Figure("bfloat16 products", {"teraoperationsPerSecond": limits.bf16_operations_per_second / 1e12})
    integers = torch.ones(scale.product_size, scale.product_size, dtype=torch.int8, device=scale.device)
    rate = _rate(lambda: torch._int_mm(integers, integers.t()), scale)
    yield Figure("int8 products", {"teraoperationsPerSecond": rate / 1e12})
    if scale.device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(scale.device)
        memory = torch.cuda.get_device_properties(scale.device).total_memory
        yield Figure(torch.cuda.get_device_name(scale.device), {"capability": major + minor / 10, "bytes": memory})


def _rate(product: Callable[[], object], scale: Scale) -> float:
    return 2 * scale.product_size**3 / median_seconds(product, scale.device, NUM_REPEATS)
