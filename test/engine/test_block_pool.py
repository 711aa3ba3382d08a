"""Blocks: used, cached or free; in runs where it can be done; the least recently used of the cached go first."""

import random

import numpy as np
import pytest

from engine.block_pool import BlockPool


def make_pool(num_blocks: int, *, wants_runs: bool = True, keeps_prefixes: bool = True) -> BlockPool:
    return BlockPool(num_blocks, 2, wants_runs=wants_runs, keeps_prefixes=keeps_prefixes)


def prompt(name: int, num_blocks: int) -> np.ndarray:
    return np.arange(2 * num_blocks, dtype=np.int32) + 100 * name


def test_takes_adjacent_blocks_and_leaves_room_before_them_to_grow():
    pool = make_pool(20)
    first = pool.allocate(4)
    second = pool.allocate(4)
    assert first == [0, 1, 2, 3]
    assert second == [10, 11, 12, 13]
    assert pool.allocate(3, after=3) == [4, 5, 6]
    assert pool.allocate(4, after=13) == [14, 15, 16, 17]


def test_takes_what_is_left_where_no_run_is_long_enough():
    pool = make_pool(10)
    blocks = pool.allocate(10)
    pool.release([blocks[1], blocks[4], blocks[5], blocks[8]])
    assert sorted(pool.allocate(4)) == [1, 4, 5, 8]
    assert pool.num_available == 0


def test_a_prompt_stays_cached_until_its_blocks_are_needed():
    pool = make_pool(8)
    blocks = pool.allocate(4)
    pool.publish(prompt(1, 3), blocks)
    pool.release(blocks)
    assert (pool.num_cached, pool.num_available) == (3, 8)
    assert pool.share(prompt(1, 3)) == blocks[:3]
    assert (pool.num_cached, pool.num_available) == (0, 5)
    pool.release(blocks[:3])
    pool.allocate(8)
    assert pool.share(prompt(1, 3)) == []


def test_a_shared_block_is_available_when_its_last_user_is_gone():
    pool = make_pool(4)
    blocks = pool.allocate(2)
    pool.publish(prompt(1, 2), blocks)
    assert not pool.is_shared(blocks[0])
    assert pool.share(prompt(1, 2)) == blocks
    assert pool.is_shared(blocks[0])
    pool.release(blocks)
    assert pool.num_available == 2
    pool.release(blocks)
    assert pool.num_available == 4


def test_the_least_recently_used_prompt_goes_first_and_its_end_before_its_beginning():
    pool = make_pool(6, wants_runs=False)
    for name in (1, 2, 3):
        blocks = pool.allocate(2)
        pool.publish(prompt(name, 2), blocks)
        pool.release(blocks)
    pool.release(pool.share(prompt(1, 2)))
    pool.allocate(3)
    found = {name: len(pool.share(prompt(name, 2))) for name in (1, 2, 3)}
    assert found == {1: 2, 2: 0, 3: 1}


def test_makes_room_for_a_run_out_of_cached_blocks_only_where_runs_are_wanted():
    for wants_runs, num_cached in ((True, 2), (False, 4)):
        pool = make_pool(8, wants_runs=wants_runs)
        blocks = pool.allocate(8)
        pool.publish(prompt(1, 4), blocks[2:6])
        pool.release(blocks)
        taken = pool.allocate(4)
        assert (sorted(taken) == list(range(taken[0], taken[0] + 4))) is wants_runs
        assert pool.num_cached == num_cached


def test_keeps_no_prompts_where_it_is_told_so():
    pool = make_pool(4, keeps_prefixes=False)
    blocks = pool.allocate(2)
    pool.publish(prompt(1, 2), blocks)
    assert pool.share(prompt(1, 2)) == []
    pool.release(blocks)
    assert (pool.num_cached, pool.num_available) == (0, 4)


def test_a_block_that_is_changed_is_found_no_more():
    pool = make_pool(4)
    blocks = pool.allocate(2)
    pool.publish(prompt(1, 2), blocks)
    pool.withdraw(blocks[1])
    pool.withdraw(blocks[1])
    assert pool.share(prompt(1, 2)) == blocks[:1]


@pytest.mark.parametrize("wants_runs", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_every_block_is_in_one_state_and_holds_what_its_users_count_on(seed, wants_runs):
    chance, pool = random.Random(seed), make_pool(24, wants_runs=wants_runs)
    contents: dict[int, tuple] = {}
    users: list[tuple[np.ndarray, list[int]]] = []
    for _ in range(300):
        if users and chance.random() < 0.45:
            tokens, blocks = users.pop(chance.randrange(len(users)))
            pool.release(blocks)
        else:
            # Few first blocks and few continuations, so that prompts have beginnings in common.
            tokens = np.array([[chance.randrange(2)] * 2 for _ in range(chance.randint(1, 6))], np.int32).reshape(-1)
            blocks = pool.share(tokens)
            num_more = len(tokens) // 2 - len(blocks)
            if num_more > pool.num_available:
                pool.release(blocks)
                continue
            blocks = [*blocks, *pool.allocate(num_more, after=blocks[-1] if blocks else None)]
            for index, block in enumerate(blocks):
                beginning = tuple(tokens[: 2 * index + 2])
                if index < len(blocks) - num_more:
                    assert contents[block] == beginning
                contents[block] = beginning
            pool.publish(tokens, blocks)
            users.append((tokens, blocks))
        used = {block for _, blocks in users for block in blocks}
        assert pool.num_available == 24 - len(used)
        assert all(contents[blocks[-1]] == tuple(tokens) for tokens, blocks in users)
    for _, blocks in users:
        pool.release(blocks)
    assert pool.num_available == 24
