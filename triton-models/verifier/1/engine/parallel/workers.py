"""Rank 0's hold on its workers: starts them, tells them what to do, notices when one ends, and ends them."""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import torch

from engine.device_errors import DEVICE_LOST_STATUS, WorkerLostError
from engine.parallel.group import join_group, leave_group
from engine.parallel.messages import Assignment, Failed, Load, Ready, Stop
from engine.parallel.shard import Shard

logger = logging.getLogger(__name__)

ENGINE_ROOT = Path(__file__).resolve().parents[2]
"""What has the package `engine` in it."""

STOP_SECONDS = 10.0
"""How long a worker may take to end when it is told to."""

GRACE_SECONDS = 2.0
"""How long rank 0 may take to answer its requests when a worker is lost."""


class Workers:
    """
    All ranks but this process, which is rank 0.

    Args:
        load: what this rank loads; the others load other shards of the same at once, on the devices that follow.
        end_process: ends this process when a worker is lost: it may hang in a sum that never comes.
    """

    def __init__(self, load: Load, end_process: Callable[[int], object] = os._exit):
        self._load = load
        self._end_process = end_process
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._end_when_lost, name="workers", daemon=True)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._connections: list[Connection] = []
        # Nobody but this user may write to it.
        self._meeting_place = Path(tempfile.mkdtemp(prefix="redraft-ranks-"))
        for rank in range(1, load.shard.num_ranks):
            connection, process = _start_worker()
            self._connections.append(connection)
            self._processes.append(process)
            connection.send(Assignment(_load_of(rank, load), self._meeting_file))

    def join(self) -> None:
        """
        Waits for the workers' shards and forms the group of all ranks.

        Raises:
            WorkerLostError: one cannot load its shard.
        """
        for rank, connection in enumerate(self._connections, 1):
            failure = _await_failure(connection)
            if failure:
                raise WorkerLostError(f"rank {rank} cannot load its shard: {failure}")
        join_group(self._meeting_file, self._load.shard, self._load.device)
        shutil.rmtree(self._meeting_place, ignore_errors=True)
        self._watch.start()

    def send(self, command: Any) -> None:
        """
        Tells all workers what this process does next.

        Raises:
            WorkerLostError: one is gone.
        """
        message = ForkingPickler.dumps(command)
        try:
            for connection in self._connections:
                connection.send_bytes(message)
        except OSError as error:
            raise WorkerLostError(f"a worker is gone: {error}") from error

    def stop(self) -> None:
        """Ends the workers. When this returns there are none."""
        is_joined = self._watch.ident is not None
        is_whole = all(process.poll() is None for process in self._processes)
        self._stopping.set()
        if is_joined and is_whole:
            with suppress(WorkerLostError):
                self.send(Stop())
            leave_group()
        for process in self._processes:
            _end(process, STOP_SECONDS if is_joined and is_whole else 0.0)
        if is_joined:
            self._watch.join()
        for connection in self._connections:
            connection.close()
        shutil.rmtree(self._meeting_place, ignore_errors=True)

    @property
    def _meeting_file(self) -> Path:
        return self._meeting_place / "store"

    def _end_when_lost(self) -> None:
        # A worker says nothing any more unless it fails.
        first = wait(self._connections)[0]
        if self._stopping.is_set():
            return
        assert isinstance(first, Connection)
        rank = self._connections.index(first) + 1
        logger.critical("rank %d is lost, and this process ends with it: %s", rank, _await_failure(first))
        if not self._stopping.wait(GRACE_SECONDS):
            self._end_process(DEVICE_LOST_STATUS)


def _load_of(rank: int, first: Load) -> Load:
    device = first.device if first.device.index is None else torch.device(first.device.type, first.device.index + rank)
    return replace(first, device=device, shard=Shard(rank, first.shard.num_ranks))


def _start_worker() -> tuple[Connection, subprocess.Popen[bytes]]:
    """A process with nothing of this one but the environment, its output and one end of a pipe."""
    own, others = Pipe()
    command = [_interpreter(), "-m", "engine.parallel.worker", str(others.fileno())]
    environment = {**os.environ, "PYTHONPATH": str(ENGINE_ROOT), "PYTHONSAFEPATH": "1"}
    with others:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, close_fds=True, pass_fds=[others.fileno()]
        )
    return own, process


def _interpreter() -> str:
    """Inside of Triton this process is no interpreter itself, and may name any program as its own."""
    is_python = Path(sys.executable or "").name.startswith("python")
    return sys.executable if is_python else str(Path(sys.prefix, "bin", "python3"))


def _await_failure(connection: Connection) -> str | None:
    """Why a worker ends, or None when it tells that it is ready."""
    try:
        message: Ready | Failed = connection.recv()
    except (EOFError, OSError):
        return "its process has ended"
    return message.reason if isinstance(message, Failed) else None


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
