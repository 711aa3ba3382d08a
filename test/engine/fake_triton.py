"""As much of triton_python_backend_utils as the model uses."""

import queue
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
    INVALID_ARG, NOT_FOUND, UNAVAILABLE = "INVALID_ARG", "NOT_FOUND", "UNAVAILABLE"
    CANCELLED, INTERNAL = "CANCELLED", "INTERNAL"

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


class Sender:
    """Sends one response; a second one is an error, as it is to Triton."""

    def __init__(self):
        self.cancelled = False
        self._responses: queue.SimpleQueue[InferenceResponse] = queue.SimpleQueue()
        self._is_closed = False

    def send(self, response: InferenceResponse, flags: int) -> None:
        assert flags == 1
        assert not self._is_closed, "answered twice"
        self._is_closed = True
        self._responses.put(response)

    def is_cancelled(self) -> bool:
        assert not self._is_closed
        return self.cancelled

    def response(self) -> InferenceResponse:
        """The response, once it is there."""
        return self._responses.get(timeout=30)


@dataclass
class Request:
    inputs: dict[str, list | np.ndarray]
    sequence_id: int | str = 1
    start: bool = False
    end: bool = False
    sender: Sender = field(default_factory=Sender)

    def get_response_sender(self) -> Sender:
        return self.sender

    def correlation_id(self) -> int | str:
        return self.sequence_id

    def flags(self) -> int:
        return self.start * 1 + self.end * 2


def get_input_tensor_by_name(request: Request, name: str) -> Tensor | None:
    if request.inputs.get(name) is None:
        return None
    request.inputs[name] = np.array(request.inputs[name], np.int32)
    return Tensor(name, request.inputs[name][None])


def run_model(model, requests: list[Request]) -> list[InferenceResponse]:
    """The responses to requests that Triton hands over together; their inputs are gone when `execute` returns."""
    assert model.execute(requests) is None
    for request in requests:
        for values in request.inputs.values():
            values.fill(-1)
    return [request.sender.response() for request in requests]


class TritonModelException(Exception):
    pass


def install() -> None:
    """Makes `import triton_python_backend_utils` find this module's contents."""
    module = types.ModuleType("triton_python_backend_utils")
    module.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START = 1
    module.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END = 2
    module.TRITONSERVER_RESPONSE_COMPLETE_FINAL = 1
    for value in (
        Tensor, TritonError, TritonModelException, InferenceResponse, MetricFamily, Logger, get_input_tensor_by_name
    ):  # fmt: skip
        setattr(module, value.__name__, value)
    sys.modules[module.__name__] = module
