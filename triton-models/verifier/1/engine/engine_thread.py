"""The thread that runs the passes: requests come from other threads, each is answered after its last pass."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from engine.device_errors import DEVICE_LOST_STATUS, is_device_lost
from engine.engine import Engine
from engine.errors import ErrorCode, StepError
from engine.request import Request

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.02
"""As long as nothing comes after an answer, a next step may be on its way, which a tick would hold up."""

RETURN_SECONDS = 0.01
"""How long an answered caller's next step is waited for; its way through Triton and back takes half of it."""

RETURN_SHARE = 0.05
"""Of the last pass, as long is waited too: many callers need longer, and a step that is late waits for a whole pass."""


class EngineThread:
    """
    Args:
        tick: called by the thread whenever nothing has come for a moment, and about every `tick_seconds` whatever
            happens.
        end_process: ends the process at once when its GPU or a worker is lost: only a new one can use it again.
    """

    def __init__(
        self,
        engine: Engine,
        tick: Callable[[], None],
        tick_seconds: float,
        end_process: Callable[[int], object] = os._exit,
    ):
        self._engine = engine
        self._tick = tick
        self._tick_seconds = tick_seconds
        self._end_process = end_process
        self._arrived: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._pass_seconds = 0.0
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Hands a request over. Any thread may call it."""
        self._arrived.put(request)

    def stop(self) -> None:
        """Ends the thread after the pass at hand. Whatever waits then is answered before this returns."""
        self._arrived.put(None)
        self._thread.join()

    def _work(self) -> None:
        next_tick = time.monotonic()
        has_worked = False
        while self._take_arrived(QUIET_SECONDS if has_worked else self._tick_seconds):
            has_worked = self._engine.has_work
            began = time.monotonic()
            try:
                self._engine.run_pass()
                self._pass_seconds = time.monotonic() - began
                if not has_worked or time.monotonic() >= next_tick:
                    self._tick()
                    next_tick = time.monotonic() + self._tick_seconds
            except Exception as error:
                logger.exception("the engine failed")
                self._abort(f"{type(error).__name__}: {error}")
                if is_device_lost(error):
                    logger.critical("the GPU or a worker is lost to this process, which ends now")
                    self._end_process(DEVICE_LOST_STATUS)
                    return
        self._abort("the model is being unloaded")

    def _take_arrived(self, longest_seconds: float) -> bool:
        """Submits what has arrived, waiting where that is better than to begin; False: the thread is to end."""
        num_returned = 0
        latest = time.monotonic() + max(RETURN_SECONDS, RETURN_SHARE * self._pass_seconds)
        while True:
            wait_seconds = longest_seconds
            if self._engine.has_work:
                wait_seconds = latest - time.monotonic() if self._engine.num_expected > num_returned else 0.0
            try:
                request = self._arrived.get(block=wait_seconds > 0, timeout=wait_seconds)
            except queue.Empty:
                return True
            if request is None:
                return False
            num_returned += not request.step.is_start
            self._engine.submit(request)

    def _abort(self, reason: str) -> None:
        for _ in range(self._arrived.qsize()):
            request = self._arrived.get()
            if request:
                self._engine.submit(request)
            else:
                self._arrived.put(None)
        self._engine.abort(StepError(ErrorCode.INTERNAL, f"start a new sequence: {reason}"))
