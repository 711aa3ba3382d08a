"""Ranges of slots: they never overlap, keep their content when they move, and are refused only where nothing fits."""

import random

import pytest
import torch

from engine.kv_cache import CacheFullError, KvCache, LayerShape

SHAPES = [LayerShape(2, 4, 4), LayerShape(1, 4, 6)]


def make_cache(num_slots: int) -> KvCache:
    return KvCache(SHAPES, num_slots, torch.float32, torch.device("cpu"))


def write(cache: KvCache, owned, value: float, used: int) -> None:
    owned.num_used = used
    for cached in (*cache.keys, *cache.values):
        cached[owned.start : owned.start + used] = value


def holds(cache: KvCache, owned, value: float) -> bool:
    span = slice(owned.start, owned.start + owned.num_used)
    return all((cached[span] == value).all() for cached in (*cache.keys, *cache.values))


def test_a_range_that_moves_to_grow_takes_its_content_along():
    cache = make_cache(256)
    first = cache.reserve(None, 40)
    write(cache, first, 1.0, 40)
    second = cache.reserve(None, 40)
    write(cache, second, 2.0, 40)
    grown = cache.reserve(first, 100)
    assert grown.capacity >= 100
    assert grown.start != 0
    assert holds(cache, grown, 1.0)
    assert holds(cache, second, 2.0)


def test_a_range_that_is_long_enough_stays_in_place():
    cache = make_cache(256)
    owned = cache.reserve(None, 40)
    assert cache.reserve(owned, 45) is owned


def test_a_range_longer_than_every_gap_fits_after_compaction():
    cache = make_cache(96)
    ranges = [cache.reserve(None, 20) for _ in range(4)]
    for index, owned in enumerate(ranges):
        write(cache, owned, float(index), 20)
    cache.release(ranges[0])
    cache.release(ranges[2])
    big = cache.reserve(None, 50)
    assert big.capacity >= 50
    assert holds(cache, ranges[1], 1.0)
    assert holds(cache, ranges[3], 3.0)


def test_gives_room_to_grow_to_others_that_need_it():
    cache = make_cache(100)
    ranges = [cache.reserve(None, 25) for _ in range(4)]
    assert [owned.num_needed for owned in ranges] == [25] * 4
    assert sorted(owned.start for owned in ranges) == [0, 25, 50, 75]


def test_a_range_grows_where_only_its_own_slots_complete_the_room():
    cache = make_cache(64)
    left, middle, right = (cache.reserve(None, 10) for _ in range(3))
    for value, owned in enumerate((left, middle, right)):
        write(cache, owned, float(value), 10)
    cache.release(left)
    grown = cache.reserve(middle, 48)
    assert grown.capacity >= 48
    assert holds(cache, grown, 1.0)
    assert holds(cache, right, 2.0)


def test_a_full_cache_refuses_and_changes_nothing():
    cache = make_cache(64)
    owned = cache.reserve(None, 30)
    write(cache, owned, 1.0, 30)
    with pytest.raises(CacheFullError):
        cache.reserve(None, 40)
    with pytest.raises(CacheFullError):
        cache.reserve(owned, 65)
    assert cache.num_needed_slots == 30
    assert holds(cache, owned, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_ranges_keep_their_content_under_random_use(seed):
    chance, cache = random.Random(seed), make_cache(400)
    owned: dict[float, object] = {}
    for round_number in range(300):
        value = chance.choice([*owned, float(round_number)])
        if value in owned and chance.random() < 0.3:
            cache.release(owned.pop(value))
            continue
        size = chance.randint(1, 120)
        try:
            owned[value] = cache.reserve(owned.get(value), size)
        except CacheFullError:
            assert cache.num_needed_slots - (owned[value].num_needed if value in owned else 0) + size > cache.num_slots
            continue
        write(cache, owned[value], value, owned[value].num_needed)
        assert all(holds(cache, other, tag) for tag, other in owned.items())
        assert cache.num_needed_slots == sum(other.num_needed for other in owned.values()) <= 400
        assert all(other.capacity >= other.num_needed for other in owned.values())
