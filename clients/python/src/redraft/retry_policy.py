"""When a call that failed is made again."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import grpc

_PUSHBACK = "grpc-retry-pushback-ms"


@dataclass(frozen=True)
class RetryPolicy:
    """The names are those of gRPC's own policies."""

    max_attempts: int = 4
    """Calls for one edit, the first included; 1 for none but that."""
    initial_backoff_s: float = 0.5
    """Longest wait before the second call; it doubles with each further one."""
    max_backoff_s: float = 5.0
    """Bound on it."""

    def wait_s(self, error: grpc.Call, attempt: int, uniform: Callable[[], float] = random.random) -> float | None:
        """
        How long to wait before the next attempt at an edit of which nothing was delivered.

        UNAVAILABLE may be repeated, at a random time, so that many callers do not come at once. A wait that the server
        names is kept to, and makes any refusal one that may be repeated; a negative one forbids it.

        Args:
            attempt: number of the call that failed, counted from 1.
            uniform: from 0 to 1.

        Returns:
            None where no call may follow.
        """
        if attempt >= self.max_attempts:
            return None
        pushback = next((value for key, value in error.trailing_metadata() or () if key == _PUSHBACK), None)
        if pushback is not None:
            text = pushback.decode() if isinstance(pushback, bytes) else pushback
            return int(text) / 1000 if text.isdecimal() and len(text) < 10 else None
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            return None
        backoff_s: float = self.initial_backoff_s * 2 ** (attempt - 1)
        return uniform() * min(backoff_s, self.max_backoff_s)
