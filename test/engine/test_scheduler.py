"""Lanes and passes as plain arithmetic: no model, no tensors."""

import random

import numpy as np
import pytest

from engine.scheduler import Chunk, Lane, lanes_of, schedule
from tiny import step


def spans(lane: Lane) -> tuple[int, int, int, int]:
    return lane.position, lane.shared_slot, lane.slot, len(lane.tokens)


def test_a_plain_step_is_one_lane_that_is_asked_for_its_last_token():
    (lane,) = lanes_of(step(1, [4, 5, 6], keep=10), slot=100)
    assert spans(lane) == (10, 100, 110, 3)
    assert lane.first_answer == 2


def test_the_first_branch_continues_the_prefix_and_each_further_one_is_a_lane():
    main, second, fourth = lanes_of(step(1, [4, 5], [6], [7, 8], [], [9], keep=10), slot=100)
    assert (spans(main), main.tokens.tolist(), main.first_answer) == ((10, 100, 110, 3), [4, 5, 6], 1)
    assert (spans(second), second.tokens.tolist(), second.first_answer) == ((12, 100, 113, 2), [7, 8], 0)
    assert (spans(fourth), fourth.tokens.tolist(), fourth.first_answer) == ((12, 100, 115, 1), [9], 0)


def test_a_chunk_attends_to_all_before_it_in_its_lane_and_to_the_shared_prefix():
    main, branch = lanes_of(step(1, [4, 5], [6], [7, 8], keep=10), slot=100)
    assert Chunk(main, 1, 3).key_spans == [(100, 113)]
    assert Chunk(branch, 1, 2).key_spans == [(100, 112), (113, 115)]
    assert Chunk(branch, 1, 2).positions.tolist() == [13]
    assert Chunk(branch, 1, 2).slots == (114, 115)


@pytest.mark.parametrize(("begin", "end", "num_answers"), [(0, 2, 0), (0, 3, 1), (2, 5, 3), (3, 5, 2)])
def test_a_chunk_answers_from_the_end_of_the_prefix_on(begin, end, num_answers):
    (lane,) = lanes_of(step(1, [1, 2, 3], [4, 5]), slot=0)
    assert Chunk(lane, begin, end).num_answers == num_answers


def test_only_a_lane_that_does_not_fit_is_cut():
    short, long = (lanes_of(step(1, [0] * count), slot=0)[0] for count in (3, 10))
    passes = [[(chunk.lane, chunk.begin, chunk.end) for chunk in chunks] for chunks in schedule([short, long], 8)]
    assert passes == [[(short, 0, 3), (long, 0, 5)], [(long, 5, 10)]]


@pytest.mark.parametrize("seed", range(20))
def test_passes_hold_every_token_once_in_order_and_all_but_the_last_are_full(seed):
    chance = random.Random(seed)
    texts = [[chance.randrange(9) for _ in range(chance.randint(1, 40))] for _ in range(chance.randint(0, 6))]
    lanes = [lane for text in texts for lane in lanes_of(step(1, text), slot=0)]
    max_pass_tokens = chance.choice([1, 2, 7, 32, 500])
    passes = list(schedule(lanes, max_pass_tokens))
    sizes = [sum(chunk.num_tokens for chunk in chunks) for chunks in passes]
    assert all(size == max_pass_tokens for size in sizes[:-1])
    assert all(0 < size <= max_pass_tokens for size in sizes[-1:])
    for lane in lanes:
        chunks = [chunk for chunks in passes for chunk in chunks if chunk.lane is lane]
        assert np.concatenate([chunk.tokens for chunk in chunks]).tolist() == lane.tokens.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_a_chunk_has_as_many_keys_as_its_last_token_has_positions(seed):
    chance = random.Random(seed)
    branches = [[0] * chance.randint(0, 6) for _ in range(chance.randint(0, 3))]
    lanes = lanes_of(step(1, [0] * chance.randint(1, 9), *branches, keep=chance.randint(0, 30)), slot=50)
    for chunks in schedule(lanes, chance.randint(1, 8)):
        for chunk in chunks:
            slots = [slot for start, end in chunk.key_spans for slot in range(start, end)]
            assert len(set(slots)) == len(slots) == chunk.num_keys == chunk.positions[-1] + 1
