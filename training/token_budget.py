"""How many tokens may be in training at once: their activations are what the memory goes to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TokenBudget:
    """Lets threads in while the tokens of all of them fit; a larger pack than fits goes alone."""

    def __init__(self, max_tokens: int) -> None:
        self.max_tokens = max_tokens
        self.num_tokens = 0
        self._changed = threading.Condition()

    @contextmanager
    def spend(self, num_tokens: int) -> Iterator[None]:
        """Wait until the tokens fit, and hold them while the block runs."""
        with self._changed:
            self._changed.wait_for(lambda: not self.num_tokens or self.num_tokens + num_tokens <= self.max_tokens)
            self.num_tokens += num_tokens
        try:
            yield
        finally:
            with self._changed:
                self.num_tokens -= num_tokens
                self._changed.notify_all()
