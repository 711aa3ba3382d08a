"""Which failures of a pass mean that the GPU is lost to this process."""

from collections.abc import Callable

import torch

MEMORY_ERRORS = ("out of memory", "ALLOC_FAILED")
"""A pass that found no memory leaves the device as it was."""


def is_device_lost(error: BaseException, synchronize: Callable[[], None] = torch.cuda.synchronize) -> bool:
    """
    Whether the CUDA context is unusable: then every later call fails too, whatever it asks for, until the process ends.

    Args:
        synchronize: raises where an earlier call has spoilt the context.
    """
    if isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in MEMORY_ERRORS):
        return False
    is_cuda_error = isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError) and "CUDA error" in str(error)
    )
    return is_cuda_error and _fails(synchronize)


def _fails(function: Callable[[], None]) -> bool:
    try:
        function()
    except Exception:
        return True
    return False
