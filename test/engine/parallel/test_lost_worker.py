"""No rank outlives another: what is left of an instance ends, for whoever started it to start it anew."""

import os
import signal
import subprocess
import sys
import time

import pytest
from processes import children, is_running

from engine.device_errors import DEVICE_LOST_STATUS
from engine.parallel.workers import ENGINE_ROOT
from tiny import saved, tiny_model

TEST_ROOT = os.path.dirname(os.path.dirname(__file__))
SECONDS = 120


@pytest.fixture
def served(tmp_path):
    """A model's process and its worker, once they serve."""
    directory = saved(tiny_model(), tmp_path / "model")
    process = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(__file__), "model_process.py"), str(directory)],
        env={**os.environ, "PYTHONPATH": f"{ENGINE_ROOT}:{TEST_ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "serves\n"
        (worker,) = children(process.pid)
        yield process, worker
        process.kill()
    assert ends(worker)


def test_the_model_ends_when_its_worker_is_killed_while_nothing_is_asked(served):
    process, worker = served
    os.kill(worker, signal.SIGKILL)
    assert process.wait(SECONDS) == DEVICE_LOST_STATUS


def test_the_model_answers_what_waits_and_ends_when_its_worker_is_killed_at_work(served):
    process, worker = served
    tell(process, "work")
    assert process.stdout.readline() == "works\n"
    os.kill(worker, signal.SIGKILL)
    assert process.stdout.readline().startswith("INTERNAL start a new sequence: WorkerLostError: ")
    assert process.wait(SECONDS) == DEVICE_LOST_STATUS


def test_the_model_ends_when_its_worker_fails(served):
    process, worker = served
    tell(process, "break")
    assert process.wait(SECONDS) == DEVICE_LOST_STATUS
    assert ends(worker)


@pytest.mark.parametrize("at", ["rest", "work"])
def test_the_worker_ends_when_the_model_is_killed_and_by_no_signal_of_its_own(served, at):
    process, worker = served
    for end in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker, end)
    if at == "work":
        tell(process, "work")
        assert process.stdout.readline() == "works\n"
    assert is_running(worker)
    process.kill()
    assert ends(worker)


def tell(process: subprocess.Popen, word: str) -> None:
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def ends(pid: int) -> bool:
    """Whether a process that is no child of this one comes to its end."""
    deadline = time.monotonic() + SECONDS
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)
