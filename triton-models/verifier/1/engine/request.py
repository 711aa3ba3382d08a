"""Requests: steps that someone waits for, and their order."""

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Protocol

from engine.errors import StepError
from engine.verify_step import VerifyAnswer, VerifyStep


class Request(Protocol):
    """A step and who waits for its answer."""

    @property
    def step(self) -> VerifyStep: ...

    def respond(self, result: VerifyAnswer | StepError) -> None:
        """Answers. Called exactly once, and must not raise."""

    def is_cancelled(self) -> bool:
        """Whether nobody waits any more. Must not raise."""


class RequestQueues:
    """
    One queue per sequence: its first request is at work and the others wait for it. Triton hands a sequence's next
    request over before the previous one is answered, since `execute` does not wait for the answer.
    """

    def __init__(self) -> None:
        self._queues: dict[Hashable, deque[Request]] = {}
        self._ready: deque[Request] = deque()

    def __contains__(self, sequence_id: object) -> bool:
        """Whether the sequence has a request at work."""
        return sequence_id in self._queues

    def __len__(self) -> int:
        return len(self._queues)

    @property
    def num_requests(self) -> int:
        """Requests in all queues."""
        return sum(len(queue) for queue in self._queues.values())

    @property
    def num_ready_tokens(self) -> int:
        """Tokens of the requests that `ready` would give."""
        return sum(len(request.step.tokens) for request in self._ready)

    def push(self, request: Request) -> None:
        """Appends the request to its sequence's queue."""
        queue = self._queues.setdefault(request.step.sequence_id, deque())
        queue.append(request)
        if len(queue) == 1:
            self._ready.append(request)

    def ready(self) -> Iterator[Request]:
        """The requests whose turn has come, each once; those too whose turn comes meanwhile."""
        while self._ready:
            yield self._ready.popleft()

    def finish(self, request: Request) -> None:
        """Makes room for the next of the sequence. The request is the first of its queue."""
        queue = self._queues[request.step.sequence_id]
        queue.popleft()
        if queue:
            self._ready.append(queue[0])
        else:
            del self._queues[request.step.sequence_id]

    def drain(self) -> list[Request]:
        """All requests, which are forgotten."""
        requests = [request for queue in self._queues.values() for request in queue]
        self._queues.clear()
        self._ready.clear()
        return requests
