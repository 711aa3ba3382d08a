"""The thread that runs the passes: it ticks, answers and ends, whatever is going on."""

import queue
import threading

import pytest
import torch

from engine.engine_thread import DEVICE_LOST_STATUS, EngineThread
from tiny import Collected, make_engine, random_tokens, step


class Awaited(Collected):
    """A request whose answer can be waited for. `engine` tells how many passes there were when it came."""

    def __init__(self, verify_step, engine=None):
        self._engine = engine
        self._is_answered = threading.Event()
        super().__init__(verify_step, self._note)

    def _note(self):
        if self._engine:
            self.num_passes = self._engine.totals.num_passes
        self._is_answered.set()

    def wait(self):
        assert self._is_answered.wait(30)
        return self.result


def submit_late(thread, request):
    """Hands a request over when a pass without it would have begun, and waits for its answer."""
    threading.Timer(0.2, thread.submit, [request]).start()
    request.wait()


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


@pytest.mark.parametrize(("seconds", "share"), [(30, 0), (0, 1e6)], ids=["for a time", "for a share of a pass"])
def test_a_long_pass_begins_with_the_next_steps_of_those_whom_the_last_one_answered(model, monkeypatch, seconds, share):
    monkeypatch.setattr("engine.engine_thread.RETURN_SECONDS", seconds)
    monkeypatch.setattr("engine.engine_thread.RETURN_SHARE", share)
    engine = make_engine(model, max_pass_tokens=8)
    thread = EngineThread(engine, lambda: None, tick_seconds=60)
    prompt = Awaited(step(1, random_tokens(40), start=True))
    first = Awaited(step(2, [4], start=True))
    for request in (prompt, first):
        thread.submit(request)
    first.wait()
    num_before = engine.totals.num_passes
    following = Awaited(step(2, [5], keep=1))
    submit_late(thread, following)
    assert engine.totals.num_passes <= num_before + 1
    last = Awaited(step(2, [], keep=2, end=True))
    thread.submit(last)
    for request in (prompt, last):
        request.wait()
    thread.stop()


def test_those_whom_the_last_pass_answered_come_before_a_prompt_that_is_new(model, monkeypatch):
    monkeypatch.setattr("engine.engine_thread.QUIET_SECONDS", 30)
    monkeypatch.setattr("engine.engine_thread.RETURN_SECONDS", 30)
    engine = make_engine(model, max_pass_tokens=8)
    thread = EngineThread(engine, lambda: None, tick_seconds=60)
    first = Awaited(step(1, [4], start=True))
    thread.submit(first)
    first.wait()
    prompt = Awaited(step(2, random_tokens(40), start=True, end=True))
    thread.submit(prompt)
    following = Awaited(step(1, [5], keep=1, end=True), engine)
    submit_late(thread, following)
    assert following.num_passes == 2
    prompt.wait()
    thread.stop()


def test_a_pass_is_not_held_up_for_those_who_have_ended(model, monkeypatch):
    monkeypatch.setattr("engine.engine_thread.RETURN_SECONDS", 1000)
    engine = make_engine(model, max_pass_tokens=8)
    thread = EngineThread(engine, lambda: None, tick_seconds=1000)
    requests = [Awaited(step(1, random_tokens(40), start=True, end=True)), Awaited(step(2, [4], start=True, end=True))]
    for request in requests:
        thread.submit(request)
    for request in requests:
        request.wait()
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
