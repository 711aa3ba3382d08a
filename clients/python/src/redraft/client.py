"""The client."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc

from redraft.retry_policy import RetryPolicy
from redraft.v1.redraft_pb2 import (
    ApplyEditRequest,
    ApplyEditResponse,
    EditDelta,
    EditStarted,
    EditSummary,
    LineOperation,
)
from redraft.v1.redraft_pb2_grpc import RedraftStub

_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@dataclass(frozen=True)
class Security:
    """How a client shows who it is, and whom it trusts. Certificates and keys are in PEM."""

    tls: bool = False
    """TLS, by the authorities that this machine trusts. Without it and without `ca`: plaintext."""
    ca: bytes | None = None
    """Certificate of the authority that signed the server's; speaks TLS."""
    certificate: bytes | None = None
    """What the server asks for, with its key."""
    private_key: bytes | None = None
    token: str | None = None
    """Bearer token, sent with each call."""


@dataclass(frozen=True)
class EditResult:
    """An edit that came to its end; `summary.finish_reason` tells whether it is whole."""

    started: EditStarted
    text: str
    """The edited file."""
    operations: list[LineOperation]
    """With `include_diff`: what turns the original into the text."""
    summary: EditSummary


class RedraftClient:
    """
    A client of the service over one channel. Safe to use from several threads.

    Failures are `grpc.RpcError`s with `code()` and `details()`.
    """

    def __init__(self, address: str, security: Security | None = None, retry_policy: RetryPolicy | None = None) -> None:
        """
        Args:
            address: `host:port`.
            security: plaintext without a token, where there is none.
        """
        self._retry_policy = retry_policy or RetryPolicy()
        security = security or Security()
        token = security.token
        self._metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        self._channel = _open_channel(address, security)
        stub = RedraftStub(self._channel)  # type: ignore[no-untyped-call]
        self._apply_edit: grpc.UnaryStreamMultiCallable[ApplyEditRequest, ApplyEditResponse] = stub.ApplyEdit

    def stream(
        self, request: ApplyEditRequest, timeout_s: float | None = None
    ) -> Generator[ApplyEditResponse, None, None]:
        """
        Messages as they come; `WhichOneof("event")` names what each holds. Closing the iterator cancels the edit.

        A call that failed before the first delta is made again as the retry policy says; `queued` and `started` then
        come once more.

        Args:
            timeout_s: time for the whole edit, all attempts together; then it fails with DEADLINE_EXCEEDED.
        """
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        attempt = 0
        while True:
            attempt += 1
            has_delta = False
            left_s = None if deadline_s is None else max(0.0, deadline_s - time.monotonic())
            call = self._apply_edit(request, timeout=left_s, metadata=self._metadata)
            try:
                for message in call:
                    has_delta = has_delta or message.HasField("delta")
                    yield message
                return
            except grpc.RpcError as error:
                wait_s = None
                if not has_delta and isinstance(error, grpc.Call):
                    wait_s = self._retry_policy.wait_s(error, attempt)
                if wait_s is None or (deadline_s is not None and time.monotonic() + wait_s >= deadline_s):
                    raise
            finally:
                call.cancel()
            time.sleep(wait_s)

    def edit(
        self,
        request: ApplyEditRequest,
        timeout_s: float | None = None,
        on_delta: Callable[[EditDelta], None] = lambda delta: None,
    ) -> EditResult:
        """Runs an edit to its end; `on_delta` is told of each piece of text as it comes."""
        started = EditStarted()
        parts: list[str] = []
        operations: list[LineOperation] = []
        for message in self.stream(request, timeout_s):
            match message.WhichOneof("event"):
                case "started":
                    started = message.started
                case "delta":
                    parts.append(message.delta.text)
                    operations.extend(message.delta.operations)
                    on_delta(message.delta)
                case "summary":
                    return EditResult(started, "".join(parts), operations, message.summary)
        raise RuntimeError("the stream ended before its summary")

    def close(self) -> None:
        """Cancels what is still open."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_channel(address: str, security: Security) -> grpc.Channel:
    options: list[tuple[str, int]] = list(_UNLIMITED)
    if _is_loopback(address):
        options.append(("grpc.enable_http_proxy", 0))
    if not security.tls and security.ca is None:
        return grpc.insecure_channel(address, options)
    credentials = grpc.ssl_channel_credentials(security.ca, security.private_key, security.certificate)
    return grpc.secure_channel(address, credentials, options)


def _is_loopback(address: str) -> bool:
    """No proxy of the environment can reach the machine that it is named on."""
    host = address.rpartition(":")[0]
    return host in ("localhost", "[::1]") or host.startswith("127.")
