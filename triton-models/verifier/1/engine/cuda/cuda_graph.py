"""Kernel launches of one shape, captured once and replayed as one."""

import logging
from collections.abc import Callable

import torch

logger = logging.getLogger(__name__)

Compute = Callable[[], torch.Tensor]
"""Reads inputs that stay in place, launches kernels, returns the tensor that they write."""

Capture = Callable[[Compute], Compute | None]
"""
Makes of such a function one that repeats its launches over the same memory; None: it is to run as it is. Raises
RuntimeError where it cannot be repeated.
"""

MEMORY_SHARE = 0.5
"""Of the free memory, what the graphs may take at most: passes that have none need memory too."""

_NUM_WARM_UPS = 2


class GraphCapture:
    """
    Captures by torch.cuda.CUDAGraph. All graphs share their memory in between, so the output of one is valid until
    the next is replayed.
    """

    def __init__(self, device: torch.device):
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, compute: Compute) -> Compute | None:
        """
        None where there is no room for the graph.

        Raises:
            RuntimeError: what `compute` does cannot be captured.
        """
        with torch.cuda.device(self._device):
            stream: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            try:
                num_bytes = self._warm_up(compute, stream)
                torch.cuda.empty_cache()
                num_free, _ = torch.cuda.mem_get_info()
                if num_bytes <= MEMORY_SHARE * num_free:
                    return self._capture(compute, stream)
                logger.info("no CUDA graph: it needs %d bytes, %d are free", num_bytes, num_free)
            except torch.OutOfMemoryError as error:
                logger.info("no CUDA graph: %s", error)
        return None

    def _warm_up(self, compute: Compute, stream: torch.cuda.Stream) -> int:
        """Lets libraries and kernels set themselves up, which must not be captured. Returns the bytes in between."""
        torch.cuda.reset_peak_memory_stats()
        num_before = torch.cuda.memory_allocated()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_NUM_WARM_UPS):
                compute()
        torch.cuda.current_stream().wait_stream(stream)
        return torch.cuda.max_memory_allocated() - num_before

    def _capture(self, compute: Compute, stream: torch.cuda.Stream) -> Compute:
        graph = torch.cuda.CUDAGraph()
        # Other threads of the process may use the device meanwhile.
        with torch.cuda.graph(graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"):
            output = compute()

        def replay() -> torch.Tensor:
            graph.replay()
            return output

        return replay
