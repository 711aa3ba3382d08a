"""Which failures end the process: those after which CUDA answers nothing any more."""

import pytest
import torch

from engine.device_errors import is_device_lost


def spoilt() -> None:
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def intact() -> None:
    pass


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: unspecified launch failure"),
        RuntimeError("CUDA error: device-side assert triggered"),
        RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"),
    ],
)
def test_a_cuda_error_that_stays_means_that_the_gpu_is_lost(error):
    assert is_device_lost(error, spoilt)
    assert not is_device_lost(error, intact)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("shape mismatch"),
        ValueError("CUDA error"),
    ],
)
def test_a_pass_that_fails_for_itself_leaves_the_gpu(error):
    assert not is_device_lost(error, spoilt)


def test_a_machine_without_a_gpu_has_lost_it():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert is_device_lost(torch.AcceleratorError("CUDA error: unspecified launch failure"))
