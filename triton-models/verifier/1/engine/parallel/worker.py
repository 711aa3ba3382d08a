"""A worker: the process of a rank other than 0. Started by it, and ended with it.

`python -m engine.parallel.worker FILE_DESCRIPTOR`: the descriptor of its end of the pipe to rank 0.
"""

import logging
import os
import select
import signal
import sys
import threading
from multiprocessing.connection import Connection

import torch

from engine.engine import Engine
from engine.loader import build_engine, load_model, set_threads
from engine.parallel.group import join_group, leave_group
from engine.parallel.messages import Assignment, CopySlots, Failed, Ready, RunPass, RunPlain, Stop
from engine.self_test import plain_forward

logger = logging.getLogger("redraft")

FAILED_STATUS = 1


def main() -> None:
    """Loads and serves until rank 0 says stop, ends, or a command fails."""
    logging.basicConfig(level=logging.INFO)
    # Whoever ends rank 0 by a signal to all processes of a terminal or a container must leave the end to rank 0.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection: Connection = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with_rank_0, args=[connection.fileno()], daemon=True).start()
    try:
        _serve(connection)
        status = 0
    except Exception as error:
        logger.exception("a worker failed")
        connection.send(Failed(f"{type(error).__name__}: {error}"))
        status = FAILED_STATUS
    # At once: what waits for the other ranks in the background may wait forever.
    os._exit(status)


def _end_with_rank_0(pipe: int) -> None:
    """Ends this process when the other end of the pipe is closed, be it in the middle of a pass."""
    poll = select.poll()
    # No event is asked for, which leaves the hang-up.
    poll.register(pipe, 0)
    poll.poll()
    os._exit(FAILED_STATUS)


def _serve(connection: Connection) -> None:
    assignment: Assignment = connection.recv()
    load = assignment.load
    set_threads(load.config)
    model = load_model(load.directory, load.adapter, load.dtype, load.device, load.shard)
    connection.send(Ready())
    join_group(assignment.meeting_file, load.shard, load.device)
    # Rank 0 does the same at the same time; of the engine only what it has of the model is used here.
    engine = build_engine(model, load.config)
    while not isinstance(command := connection.recv(), Stop):
        _obey(engine, command)
    leave_group()


def _obey(engine: Engine, command: RunPass | CopySlots | RunPlain) -> None:
    if isinstance(command, RunPass):
        engine.runner.run(command.chunks)
    elif isinstance(command, CopySlots):
        with torch.inference_mode():
            engine.sequences.kv_cache.copy(command.source, command.target)
    else:
        plain_forward(engine.runner.model, command.texts)


if __name__ == "__main__":
    main()
