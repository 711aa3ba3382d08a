"""As much of triton_python_backend_utils as the model uses."""

import sys
import types
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Tensor:
    name: str
    values: np.ndarray

    def as_numpy(self) -> np.ndarray:
        return self.values


class TritonError(Exception):
    INVALID_ARG, NOT_FOUND, UNAVAILABLE, INTERNAL = "INVALID_ARG", "NOT_FOUND", "UNAVAILABLE", "INTERNAL"

    def __init__(self, message: str, code: str = INTERNAL):
        super().__init__(message)
        self.code = code


@dataclass
class InferenceResponse:
    output_tensors: list[Tensor] = field(default_factory=list)
    error: TritonError | None = None

    def values(self) -> dict[str, np.ndarray]:
        assert self.error is None, self.error
        return {tensor.name: tensor.values for tensor in self.output_tensors}


class MetricFamily:
    GAUGE, COUNTER = "gauge", "counter"
    values: dict[str, float] = {}

    def __init__(self, name: str, description: str, kind: str):
        self.name, self.kind = name, kind

    def Metric(self, labels: dict[str, str]):
        self.values[self.name] = 0
        return self

    def increment(self, amount: float) -> None:
        assert self.kind == self.GAUGE or amount >= 0
        self.values[self.name] += amount


class Logger:
    lines: list[str] = []
    log_info = log_error = lines.append


@dataclass
class Request:
    inputs: dict[str, list | np.ndarray]
    sequence_id: int | str = 1
    start: bool = False
    end: bool = False

    def correlation_id(self) -> int | str:
        return self.sequence_id

    def flags(self) -> int:
        return self.start * 1 + self.end * 2


def get_input_tensor_by_name(request: Request, name: str) -> Tensor | None:
    values = request.inputs.get(name)
    return None if values is None else Tensor(name, np.asarray(values, np.int32)[None])


class TritonModelException(Exception):
    pass


def install() -> None:
    """Makes `import triton_python_backend_utils` find this module's contents."""
    module = types.ModuleType("triton_python_backend_utils")
    module.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START = 1
    module.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END = 2
    for value in (
        Tensor, TritonError, TritonModelException, InferenceResponse, MetricFamily, Logger, get_input_tensor_by_name
    ):  # fmt: skip
        setattr(module, value.__name__, value)
    sys.modules[module.__name__] = module
