"""The life of sequences: START, END, idle time, eviction to make room."""

import pytest

from engine.errors import ErrorCode
from tiny import Clock, assert_agrees, make_engine, random_tokens, run_one, step

PROMPT = random_tokens(20)


@pytest.fixture
def clock():
    return Clock()


def test_start_on_an_open_id_begins_the_sequence_anew(engine, reference):
    run_one(engine, step(1, PROMPT, [1, 2], [3], start=True))
    other = random_tokens(35, seed=5)
    assert_agrees(run_one(engine, step(1, other, [4], start=True)), reference, other, [4])
    assert len(engine.sequences) == 1
    assert_agrees(run_one(engine, step(1, [9], keep=36)), reference, [*other, 4, 9])


@pytest.mark.parametrize("before", ["never started", "ended"])
def test_a_step_of_a_sequence_without_cache_is_not_found(engine, before):
    if before == "ended":
        run_one(engine, step(7, PROMPT, start=True))
        ended = run_one(engine, step(7, [], end=True))
        assert ended.argmax.size == ended.margin.size == 0
    (answer,) = engine.run([step(7, [4], keep=20)])
    assert answer.code is ErrorCode.NOT_FOUND
    assert str(answer).startswith("sequence 7: its KV cache is gone")
    assert "start a new sequence" in str(answer)


def test_end_of_an_unknown_sequence_is_answered(engine):
    assert run_one(engine, step(7, [], end=True)).argmax.size == 0


def test_end_frees_all_slots(engine):
    for round_number in range(5):
        run_one(engine, step(round_number, PROMPT, [1, 2, 3], start=True))
        run_one(engine, step(round_number, [], end=True))
    assert engine.sequences.kv_cache.num_used_slots == 0


def test_a_refused_step_with_end_frees_its_slots(engine):
    run_one(engine, step(1, PROMPT, start=True))
    (answer,) = engine.run([step(1, [500], keep=20, end=True)])
    assert answer.code is ErrorCode.INVALID_ARG
    assert len(engine.sequences) == engine.sequences.kv_cache.num_used_slots == 0


def test_takes_text_as_sequence_id(engine, reference):
    run_one(engine, step("edit-é", PROMPT, start=True))
    assert_agrees(run_one(engine, step("edit-é", [4], keep=20)), reference, [*PROMPT, 4])


def test_evicts_a_sequence_that_is_idle_for_too_long(model, clock):
    engine = make_engine(model, idle_seconds=75, clock=clock)
    run_one(engine, step("idle", PROMPT, start=True))
    clock.seconds = 50
    run_one(engine, step("busy", PROMPT, start=True))
    clock.seconds = 76
    engine.evict_idle()
    assert len(engine.sequences) == 1
    assert engine.sequences.num_evictions == 1
    (answer,) = engine.run([step("idle", [4], keep=20)])
    assert answer.code is ErrorCode.NOT_FOUND
    assert "75 s" in str(answer)


def test_keeps_an_idle_sequence_whose_step_is_in_the_batch(model, reference, clock):
    engine = make_engine(model, idle_seconds=75, clock=clock)
    run_one(engine, step(1, PROMPT, start=True))
    clock.seconds = 100
    assert_agrees(run_one(engine, step(1, [4], keep=20)), reference, [*PROMPT, 4])


def test_evicts_the_longest_unused_sequence_to_make_room(model, clock):
    engine = make_engine(model, num_slots=80, eviction_grace_seconds=5, clock=clock)
    for sequence_id in ("a", "b", "c"):
        run_one(engine, step(sequence_id, PROMPT, start=True))
        clock.seconds += 1
    run_one(engine, step("a", [4], keep=20))
    clock.seconds = 60
    run_one(engine, step("d", PROMPT, start=True))
    assert engine.sequences.num_evictions == 1
    kept = engine.run([step(sequence_id, [4], keep=20) for sequence_id in "acd"])
    assert [answer.argmax.shape for answer in kept] == [(1,)] * 3
    (answer,) = engine.run([step("b", [4], keep=20)])
    assert answer.code is ErrorCode.NOT_FOUND


def test_never_evicts_a_sequence_of_the_batch(model, reference, clock):
    engine = make_engine(model, num_slots=64, eviction_grace_seconds=0, clock=clock)
    run_one(engine, step("old", PROMPT, start=True))
    clock.seconds = 10
    answers = engine.run([step("new", random_tokens(50), start=True), step("old", [4], keep=20)])
    assert answers[0].code is ErrorCode.UNAVAILABLE
    assert_agrees(answers[1], reference, [*PROMPT, 4])


def test_refuses_a_new_sequence_while_all_others_are_busy(model, reference, clock):
    engine = make_engine(model, num_slots=64, eviction_grace_seconds=5, clock=clock)
    run_one(engine, step("busy", PROMPT, [5], start=True))
    clock.seconds = 4
    (answer,) = engine.run([step("new", random_tokens(50), start=True)])
    assert answer.code is ErrorCode.UNAVAILABLE
    for figure in ("50 tokens", "of 64", "1 sequences open", "5 s"):
        assert figure in str(answer)
    assert_agrees(run_one(engine, step("busy", [4], keep=21)), reference, [*PROMPT, 5, 4])


def test_a_sequence_that_cannot_grow_stays_as_it_was(model, reference, clock):
    engine = make_engine(model, num_slots=64, clock=clock)
    run_one(engine, step("a", PROMPT, [5], [6], start=True))
    run_one(engine, step("b", PROMPT, start=True))
    (answer,) = engine.run([step("a", [4] * 30, keep=21, adopt=1)])
    assert answer.code is ErrorCode.UNAVAILABLE
    assert_agrees(run_one(engine, step("a", [4], keep=21, adopt=1)), reference, [*PROMPT, 6, 4])


def test_adopts_a_branch_whole_though_a_sequence_beside_it_grows(model, reference):
    engine, branch, other = make_engine(model, num_slots=64), random_tokens(20, 1), random_tokens(10, 2)
    run_one(engine, step("a", PROMPT, [1, 2], branch, start=True))
    run_one(engine, step("b", other, start=True))
    # The room is so short that `b` can only grow where it moves next to `a`.
    grown = step("b", PROMPT[:10], keep=10)
    answers = engine.run([step("a", [7], keep=35, adopt=1), grown])
    assert_agrees(answers[0], reference, [*PROMPT, *branch[:15], 7])
    assert_agrees(answers[1], reference, [*other, *PROMPT[:10]])
