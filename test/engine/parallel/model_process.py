"""`model_process.py MODEL_DIRECTORY` stands in for Triton's process of a model: an engine of two ranks.

It says when it serves, and does what the lines of its input say.
"""

import sys
import threading
from pathlib import Path

from engine.config import EngineConfig
from engine.engine_thread import EngineThread
from engine.errors import StepError
from engine.loader import load_engine
from tiny import Collected, random_tokens, step


def main() -> None:
    config = EngineConfig("tiny", Path(sys.argv[1]), dtype="float32", kv_bytes=2**19, tensor_parallel=2)
    engine = load_engine(config)
    thread = EngineThread(engine, lambda: None, tick_seconds=0.05)
    print("serves", flush=True)
    for line in sys.stdin:
        if line == "break\n":
            # No command of theirs.
            engine.runner._workers.send("break")
        elif line == "work\n":
            serve(thread)


class Told(Collected):
    """A request whose failure is told by the thread that answers it, which may end the process next."""

    def respond(self, result) -> None:
        if isinstance(result, StepError):
            print(result.code.name, result, flush=True)
        super().respond(result)


def serve(thread: EngineThread) -> None:
    answered = threading.Event()
    for index in range(10**9):
        answered.clear()
        request = Told(step(index, random_tokens(40), start=True, end=True), answered.set)
        thread.submit(request)
        answered.wait()
        if isinstance(request.result, StepError):
            return
        if index == 5:
            print("works", flush=True)


if __name__ == "__main__":
    main()
