"""The thread that runs the passes: it ticks, answers and ends, whatever is going on."""

import queue
import threading

import torch

from engine.engine_thread import DEVICE_LOST_STATUS, EngineThread
from tiny import Collected, make_engine, random_tokens, step


class Awaited(Collected):
    """A request whose answer can be waited for."""

    def __init__(self, verify_step):
        self._is_answered = threading.Event()
        super().__init__(verify_step, self._is_answered.set)

    def wait(self):
        assert self._is_answered.wait(30)
        return self.result


def test_ticks_while_there_is_always_work(model):
    num_waiting = []
    engine = make_engine(model, max_pass_tokens=4)
    thread = EngineThread(engine, lambda: num_waiting.append(engine.num_waiting), tick_seconds=1e-6)
    request = Awaited(step(1, random_tokens(100), start=True))
    thread.submit(request)
    request.wait()
    thread.stop()
    assert num_waiting.count(1) == 24, "every pass but the last one, which answers"


def test_ticks_soon_after_the_last_answer_though_the_next_tick_is_far(model):
    engine, ticks = make_engine(model), queue.SimpleQueue()
    thread = EngineThread(engine, lambda: ticks.put(engine.totals.num_passes), tick_seconds=1000)
    for sequence_id in (1, 2):
        request = Awaited(step(sequence_id, [4], start=True))
        thread.submit(request)
        request.wait()
    while ticks.get(timeout=30) < 2:
        pass
    thread.stop()


def test_answers_all_and_ends_the_process_when_the_gpu_is_lost(model, monkeypatch):
    engine, statuses = make_engine(model), []
    later = Awaited(step(2, [4], start=True))

    def fail(chunks):
        thread.submit(later)
        raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(engine.runner, "run", fail)
    monkeypatch.setattr("engine.engine.is_device_lost", lambda error: True)
    monkeypatch.setattr("engine.engine_thread.is_device_lost", lambda error: True)
    thread = EngineThread(engine, lambda: None, tick_seconds=60, end_process=statuses.append)
    first = Awaited(step(1, [4], start=True))
    thread.submit(first)
    assert "unspecified launch failure" in str(first.wait())
    assert "unspecified launch failure" in str(later.wait())
    thread.stop()
    assert statuses == [DEVICE_LOST_STATUS]
