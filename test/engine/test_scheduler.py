"""Lanes and passes as plain arithmetic: no model, no tensors."""

import random

import numpy as np
import pytest

from engine.block_table import BlockTable
from engine.running_step import RunningStep
from engine.scheduler import OLDEST_SHARE, SHARED_SHARE, Chunk, Lane, lanes_of, share_out
from tiny import Collected, step

TABLE = BlockTable(100, [1, 2])


def places(lane: Lane) -> tuple[int, int, int]:
    return lane.position, lane.entry, len(lane.tokens)


def running(one) -> RunningStep:
    return RunningStep(Collected(one), None, lanes_of(one, TABLE))


def test_a_plain_step_is_one_lane_that_is_asked_for_its_last_token():
    (lane,) = lanes_of(step(1, [4, 5, 6], keep=10), TABLE)
    assert places(lane) == (10, 10, 3)
    assert lane.first_answer == 2


def test_the_first_branch_continues_the_prefix_and_each_further_one_is_a_lane():
    main, second, fourth = lanes_of(step(1, [4, 5], [6], [7, 8], [], [9], keep=10), TABLE)
    assert (places(main), main.tokens.tolist(), main.first_answer) == ((10, 10, 3), [4, 5, 6], 1)
    assert (places(second), second.tokens.tolist(), second.first_answer) == ((12, 13, 2), [7, 8], 0)
    assert (places(fourth), fourth.tokens.tolist(), fourth.first_answer) == ((12, 15, 1), [9], 0)


def test_a_chunk_attends_to_all_before_it_in_its_lane_and_to_the_shared_prefix():
    main, branch = lanes_of(step(1, [4, 5], [6], [7, 8], keep=10), TABLE)
    assert Chunk(main, 1, 3).key_spans == [(100, 113)]
    assert Chunk(branch, 1, 2).key_spans == [(100, 112), (113, 115)]
    assert Chunk(branch, 1, 2).positions.tolist() == [13]
    assert Chunk(branch, 1, 2).slots == [(114, 115)]


@pytest.mark.parametrize(("begin", "end", "num_answers"), [(0, 2, 0), (0, 3, 1), (2, 5, 3), (3, 5, 2)])
def test_a_chunk_answers_from_the_end_of_the_prefix_on(begin, end, num_answers):
    (lane,) = lanes_of(step(1, [1, 2, 3], [4, 5]), TABLE)
    assert Chunk(lane, begin, end).num_answers == num_answers


@pytest.mark.parametrize(
    ("num_left", "shares"),
    [
        ([], []),
        ([3], [3]),
        ([10], [8]),
        # The shorter steps go whole into the pass, and the longest is cut to fill it up.
        ([3, 10, 4], [3, 1, 4]),
        # The oldest has its part though the others are shorter.
        ([10, 4, 4], [1, 4, 1]),
        ([10, 3, 1], [2, 3, 1]),
        ([10, 12], [8, 0]),
        ([4, 4, 4], [4, 4, 0]),
    ],
)
def test_a_pass_belongs_to_the_shortest_steps_but_for_a_part_of_the_oldest(num_left, shares):
    assert share_out(num_left, 8) == shares


@pytest.mark.parametrize(
    ("num_left", "shares"),
    [
        ([1000, 1, 1], [30, 1, 1]),
        ([1, 1000, 1], [1, 30, 1]),
        ([62, 1, 1], [62, 1, 1]),
        ([1000], [64]),
        ([1000, 40], [14, 40]),
        # Those that are answered fill more than that part, and the oldest has its own.
        ([1000, 20, 20], [14, 20, 20]),
    ],
)
def test_a_pass_that_some_wait_for_and_others_go_on_behind_is_filled_in_part(num_left, shares):
    assert share_out(num_left, 64) == shares


def test_a_pass_is_filled_in_part_for_those_who_have_not_come_yet():
    assert share_out([1000], 64, is_awaited=True) == [32]
    assert share_out([60], 64, is_awaited=True) == [60]


@pytest.mark.parametrize("max_pass_tokens", [1, 2, 3])
def test_the_oldest_step_has_a_token_of_the_smallest_pass(max_pass_tokens):
    assert share_out([9, 1, 1, 1], max_pass_tokens)[0] >= 1


def random_step(chance: random.Random):
    branches = [[0] * chance.randint(0, 6) for _ in range(chance.randint(0, 3))]
    prefix = [chance.randrange(9) for _ in range(chance.randint(1, 40))]
    return step(1, prefix, *branches, keep=chance.randint(0, 30))


@pytest.mark.parametrize("seed", range(20))
def test_passes_hold_every_token_once_in_order_and_are_filled_to_the_part_that_may_be_shared(seed):
    chance = random.Random(seed)
    steps = [running(random_step(chance)) for _ in range(chance.randint(1, 6))]
    max_pass_tokens = chance.choice([1, 2, 7, 32, 500])
    passes = []
    while any(one.num_left for one in steps):
        shares = share_out([one.num_left for one in steps], max_pass_tokens)
        passes.append([chunk for one, share in zip(steps, shares, strict=True) for chunk in one.take(share)])
    sizes = [sum(chunk.num_tokens for chunk in chunks) for chunks in passes]
    assert all(max_pass_tokens // SHARED_SHARE <= size <= max_pass_tokens for size in sizes[:-1])
    assert 0 < sizes[-1] <= max_pass_tokens
    for lane in [lane for one in steps for lane in one.lanes]:
        chunks = [chunk for chunks in passes for chunk in chunks if chunk.lane is lane]
        assert np.concatenate([chunk.tokens for chunk in chunks]).tolist() == lane.tokens.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_no_step_waits_for_ever_however_many_shorter_ones_arrive(seed):
    chance = random.Random(seed)
    max_pass_tokens = chance.choice([4, 16, 64])
    part = max(1, max_pass_tokens // SHARED_SHARE // OLDEST_SHARE)
    steps: list[list[int]] = []
    for number in range(400):
        # More short work arrives than the passes hold, so that by length alone the long ones would never run.
        lengths = [chance.randint(1, max_pass_tokens // 2) for _ in range(3)]
        if number % 40 == 0:
            lengths.append(chance.randint(1, 10) * max_pass_tokens)
        for length in lengths:
            # Whoever is the oldest ends after so many passes, and only those that are older come before.
            needed = sum(-(-left // part) for left, _ in steps)
            steps.append([length, number + needed + -(-length // part)])
        for one, share in zip(steps, share_out([left for left, _ in steps], max_pass_tokens), strict=True):
            one[0] -= share
        steps = [one for one in steps if one[0]]
        assert all(number < latest for _, latest in steps)


@pytest.mark.parametrize("seed", range(20))
def test_a_chunk_has_as_many_keys_as_its_last_token_has_positions(seed):
    chance = random.Random(seed)
    one = running(random_step(chance))
    while one.num_left:
        for chunk in one.take(min(one.num_left, chance.randint(1, 8))):
            slots = [slot for start, end in chunk.key_spans for slot in range(start, end)]
            assert len(set(slots)) == len(slots) == chunk.num_keys == chunk.positions[-1] + 1
