"""The pool's ranges: do they overlap, lose their content on a move, or refuse what would fit?"""

import random

import pytest
import torch

from kv_pool import KvPool, LayerShape, PoolFullError

SHAPES = [LayerShape(2, 4, 4), LayerShape(1, 4, 6)]


def make_pool(slots: int) -> KvPool:
    return KvPool(SHAPES, slots, torch.float32, torch.device("cpu"))


def write(pool: KvPool, owned, value: float, used: int) -> None:
    owned.used = used
    for cached in (*pool.keys, *pool.values):
        cached[owned.start : owned.start + used] = value


def holds(pool: KvPool, owned, value: float) -> bool:
    span = slice(owned.start, owned.start + owned.used)
    return all((cached[span] == value).all() for cached in (*pool.keys, *pool.values))


def test_growth_loses_what_is_cached():
    pool = make_pool(256)
    first = pool.reserve(None, 40)
    write(pool, first, 1.0, 40)
    second = pool.reserve(None, 40)
    write(pool, second, 2.0, 40)
    grown = pool.reserve(first, 100)
    assert grown.capacity >= 100
    assert grown.start != 0
    assert holds(pool, grown, 1.0)
    assert holds(pool, second, 2.0)


def test_a_range_that_is_long_enough_moves():
    pool = make_pool(256)
    owned = pool.reserve(None, 40)
    assert pool.reserve(owned, 45) is owned


def test_fragments_are_lost():
    pool = make_pool(96)
    ranges = [pool.reserve(None, 20) for _ in range(4)]
    for index, owned in enumerate(ranges):
        write(pool, owned, float(index), 20)
    pool.release(ranges[0])
    pool.release(ranges[2])
    big = pool.reserve(None, 50)
    assert big.capacity >= 50
    assert holds(pool, ranges[1], 1.0)
    assert holds(pool, ranges[3], 3.0)


def test_room_to_grow_is_kept_from_others():
    pool = make_pool(100)
    ranges = [pool.reserve(None, 25) for _ in range(4)]
    assert [owned.needed for owned in ranges] == [25] * 4
    assert sorted(owned.start for owned in ranges) == [0, 25, 50, 75]


def test_a_range_cannot_grow_into_room_that_only_its_own_slots_complete():
    pool = make_pool(64)
    left, middle, right = (pool.reserve(None, 10) for _ in range(3))
    for value, owned in enumerate((left, middle, right)):
        write(pool, owned, float(value), 10)
    pool.release(left)
    grown = pool.reserve(middle, 48)
    assert grown.capacity >= 48
    assert holds(pool, grown, 1.0)
    assert holds(pool, right, 2.0)


def test_a_full_pool_changes_something_before_it_refuses():
    pool = make_pool(64)
    owned = pool.reserve(None, 30)
    write(pool, owned, 1.0, 30)
    with pytest.raises(PoolFullError):
        pool.reserve(None, 40)
    with pytest.raises(PoolFullError):
        pool.reserve(owned, 65)
    assert pool.needed_slots == 30
    assert holds(pool, owned, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_random_use_overlaps_ranges(seed):
    chance, pool = random.Random(seed), make_pool(400)
    owned: dict[float, object] = {}
    for round_number in range(300):
        value = chance.choice([*owned, float(round_number)])
        if value in owned and chance.random() < 0.3:
            pool.release(owned.pop(value))
            continue
        size = chance.randint(1, 120)
        try:
            owned[value] = pool.reserve(owned.get(value), size)
        except PoolFullError:
            assert pool.needed_slots - (owned[value].needed if value in owned else 0) + size > pool.slots
            continue
        write(pool, owned[value], value, owned[value].needed)
        assert all(holds(pool, other, tag) for tag, other in owned.items())
        assert pool.needed_slots == sum(other.needed for other in owned.values()) <= 400
        assert all(other.capacity >= other.needed for other in owned.values())
