"""Client of Redraft: speculative edits of code files over gRPC."""

from redraft.client import EditResult, RedraftClient, Security
from redraft.retry_policy import RetryPolicy
from redraft.v1.redraft_pb2 import (
    FINISH_REASON_FENCE_CLOSED,
    FINISH_REASON_LENGTH,
    FINISH_REASON_STOP,
    ApplyEditRequest,
    ApplyEditResponse,
    EditDelta,
    EditOptions,
    EditQueued,
    EditStarted,
    EditSummary,
    LineOperation,
)

__all__ = [
    "FINISH_REASON_FENCE_CLOSED",
    "FINISH_REASON_LENGTH",
    "FINISH_REASON_STOP",
    "ApplyEditRequest",
    "ApplyEditResponse",
    "EditDelta",
    "EditOptions",
    "EditQueued",
    "EditResult",
    "EditStarted",
    "EditSummary",
    "LineOperation",
    "RedraftClient",
    "RetryPolicy",
    "Security",
]
