"""Requests that come at any time: each is answered after its own last pass, and none feels the others."""

import random

import pytest

from engine.engine import Engine
from engine.errors import ErrorCode, StepError
from engine.scheduler import OLDEST_SHARE
from test_random_edits import Script
from tiny import Collected, Reference, assert_agrees, make_engine, random_tokens, run_one, step, tiny_model


def submit(engine: Engine, *steps, on_result=lambda: None) -> list[Collected]:
    requests = [Collected(one, on_result) for one in steps]
    for request in requests:
        engine.submit(request)
    return requests


def finish(engine: Engine) -> None:
    while engine.has_work:
        engine.run_pass()


def test_a_short_step_that_comes_later_is_answered_first(model, reference):
    engine = make_engine(model, max_pass_tokens=16)
    text, other = random_tokens(100), random_tokens(9, 1)
    (long,) = submit(engine, step(1, text, start=True))
    engine.run_pass()
    (short,) = submit(engine, step(2, other, start=True))
    engine.run_pass()
    assert_agrees(short.result, reference, other)
    assert short.result.packed_tokens == 9 + 16 // OLDEST_SHARE
    assert long.result is None
    finish(engine)
    assert_agrees(long.result, reference, text)
    assert long.result.packed_tokens == 16 + 100 - 16 + 9


def test_a_long_step_ends_though_short_ones_keep_coming(model, reference):
    engine = make_engine(model, max_pass_tokens=16)
    text = random_tokens(100)
    (long,) = submit(engine, step("long", text, start=True))
    num_passes = 0
    while long.result is None:
        submit(engine, *(step((num_passes, index), [4] * 8, start=True, end=True) for index in range(3)))
        engine.run_pass()
        num_passes += 1
    assert num_passes <= 100 // 2, "a quarter of each half pass is its own"
    assert_agrees(long.result, reference, text)


def test_a_cancelled_step_is_not_computed_to_its_end(model, reference):
    engine = make_engine(model, max_pass_tokens=16)
    cancelled, other = submit(engine, step(1, random_tokens(100), start=True), step(2, [4] * 60, start=True))
    engine.run_pass()
    cancelled.cancelled = True
    finish(engine)
    assert cancelled.result.code is ErrorCode.CANCELLED
    assert engine.totals.num_pass_tokens < 100
    assert_agrees(other.result, reference, [4] * 60)
    (answer,) = engine.run([step(1, [4], keep=10)])
    assert answer.code is ErrorCode.NOT_FOUND
    assert engine.sequences.kv_cache.num_used_slots == 60


def test_aborting_answers_all_and_frees_the_sequences_at_work(model, reference):
    engine = make_engine(model, max_pass_tokens=16)
    run_one(engine, step("idle", [4, 5], start=True))
    requests = submit(engine, step(1, [4] * 60, start=True), step(1, [5], keep=60), step(2, [6] * 60, start=True))
    engine.run_pass()
    engine.abort(StepError(ErrorCode.INTERNAL, "the end"))
    assert [str(request.result) for request in requests] == ["the end"] * 3
    assert not engine.has_work
    assert len(engine.sequences) == 1
    assert_agrees(run_one(engine, step("idle", [6], keep=2)), reference, [4, 5, 6])


def test_a_step_waits_for_the_one_before_it_in_its_sequence(model, reference):
    engine = make_engine(model, max_pass_tokens=16)
    text = random_tokens(40)
    first, second = submit(engine, step(1, text, start=True), step(1, [7], keep=40))
    engine.run_pass()
    engine.run_pass()
    assert (first.result, second.result) == (None, None)
    engine.run_pass()
    assert_agrees(first.result, reference, text)
    assert second.result is None
    engine.run_pass()
    assert_agrees(second.result, reference, [*text, 7])


def test_never_evicts_a_sequence_whose_step_is_on_its_way(model, reference):
    engine = make_engine(model, num_slots=100, max_pass_tokens=16, eviction_grace_seconds=0, idle_seconds=0)
    text = random_tokens(70)
    (long,) = submit(engine, step(1, text, start=True))
    engine.run_pass()
    (refused,) = submit(engine, step(2, [4] * 50, start=True))
    finish(engine)
    assert refused.result.code is ErrorCode.UNAVAILABLE
    assert_agrees(long.result, reference, text)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_steps_that_come_at_any_time_answer_as_full_forwards_do(kind, seed):
    chance = random.Random(seed)
    model = tiny_model(kind, seed)
    reference = Reference(model)
    # A cache so small that sequences move while the steps of others are on their way.
    engine = make_engine(model, num_slots=520, max_pass_tokens=chance.choice([5, 11, 23]))
    waiting: dict[Script, Collected] = {}
    idle = [Script(name, chance) for name in range(4)]
    for _ in range(60):
        for script in chance.sample(idle, chance.randint(0, len(idle))):
            (waiting[script],) = submit(engine, script.next_step())
            idle.remove(script)
        engine.run_pass()
        for script in [script for script, request in waiting.items() if request.result]:
            assert_agrees(waiting.pop(script).result, reference, script.before, *script.branches)
            idle.append(script)
