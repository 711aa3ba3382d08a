"""Types of what model.py uses of the module that Triton's Python backend provides at run time."""

from typing import Any, ClassVar, NewType

import numpy as np
import numpy.typing as npt

TRITONSERVER_REQUEST_FLAG_SEQUENCE_START: int
TRITONSERVER_REQUEST_FLAG_SEQUENCE_END: int
TRITONSERVER_RESPONSE_COMPLETE_FINAL: int

MetricKind = NewType("MetricKind", int)
ErrorCode = NewType("ErrorCode", int)

class Tensor:
    def __init__(self, name: str, array: npt.NDArray[Any]) -> None: ...
    def as_numpy(self) -> npt.NDArray[np.int32]: ...

class TritonError(Exception):
    INVALID_ARG: ClassVar[ErrorCode]
    NOT_FOUND: ClassVar[ErrorCode]
    UNAVAILABLE: ClassVar[ErrorCode]
    CANCELLED: ClassVar[ErrorCode]
    INTERNAL: ClassVar[ErrorCode]
    def __init__(self, message: str, code: ErrorCode = ...) -> None: ...

class TritonModelException(Exception): ...

class InferenceResponseSender:
    def send(self, response: InferenceResponse, flags: int) -> None: ...
    def is_cancelled(self) -> bool: ...

class InferenceRequest:
    def get_response_sender(self) -> InferenceResponseSender: ...
    def flags(self) -> int: ...
    def correlation_id(self) -> int | str: ...

class InferenceResponse:
    def __init__(self, output_tensors: list[Tensor] = ..., error: TritonError | None = ...) -> None: ...

class Metric:
    def increment(self, value: float) -> None: ...

class MetricFamily:
    GAUGE: ClassVar[MetricKind]
    COUNTER: ClassVar[MetricKind]
    def __init__(self, name: str, description: str, kind: MetricKind) -> None: ...
    def Metric(self, labels: dict[str, str]) -> Metric: ...

class Logger:
    @staticmethod
    def log_info(message: str) -> None: ...
    @staticmethod
    def log_error(message: str) -> None: ...

def get_input_tensor_by_name(request: InferenceRequest, name: str) -> Tensor | None: ...
