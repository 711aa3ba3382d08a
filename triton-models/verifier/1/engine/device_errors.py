"""Which failures of a pass mean that the GPU, or another rank's process, is lost to this process."""

from collections.abc import Callable

import torch

DEVICE_LOST_STATUS = 1
"""What the process exits with when it can run no pass any more."""

MEMORY_ERRORS = ("out of memory", "ALLOC_FAILED")
"""A pass that found no memory leaves the device as it was."""


class WorkerLostError(RuntimeError):
    """A process that holds a shard of the model is gone, or did not do what the others did."""


def is_device_lost(error: BaseException, synchronize: Callable[[], None] = torch.cuda.synchronize) -> bool:
    """
    Whether the CUDA context is unusable, or a worker's process: then every later call fails too, whatever it asks for,
    until this process ends.

    Args:
        synchronize: raises where an earlier call has spoilt the context.
    """
    if isinstance(error, WorkerLostError):
        return True
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
