"""Tables of blocks: they keep their content, never share what is written, and are refused only where nothing fits."""

import random

import numpy as np
import pytest
import torch

from engine.block_pool import BlockPool
from engine.block_table import BlockTable
from engine.kv_cache import CacheFullError, KvCache, LayerShape, slot_indices

SHAPES = [LayerShape(2, 4, 4), LayerShape(1, 4, 6)]
NOTHING = np.empty(0, np.int32)


def make_cache(num_blocks: int, block_tokens: int = 4) -> KvCache:
    pool = BlockPool(num_blocks, block_tokens, wants_runs=True, keeps_prefixes=True)
    return KvCache(SHAPES, pool, torch.float32, torch.device("cpu"))


def reserve(cache: KvCache, num_entries: int) -> BlockTable:
    table, _ = cache.share(NOTHING)
    cache.reserve(table, 0, num_entries)
    return table


def slots(table: BlockTable, begin: int, end: int) -> torch.Tensor:
    return slot_indices(table.spans(begin, end), torch.device("cpu"))


def write(cache: KvCache, table: BlockTable, begin: int, values) -> None:
    for cached in (*cache.keys, *cache.values):
        cached[slots(table, begin, begin + len(values))] = torch.as_tensor(values).float()[:, None, None]


def read(cache: KvCache, table: BlockTable, end: int) -> list[int]:
    (values,) = {
        tuple(cached[slots(table, 0, end)].int().flatten(1).amin(1).tolist()) for cached in (*cache.keys, *cache.values)
    }
    return list(values)


def test_spans_of_adjacent_blocks_are_one():
    table = BlockTable(4, [5, 6, 7, 2, 3, 9])
    assert table.spans(0, 24) == [(20, 32), (8, 16), (36, 40)]
    assert table.spans(3, 13) == [(23, 32), (8, 9)]
    assert table.spans(6, 6) == []


def test_a_sequence_that_grows_beside_others_stays_in_one_span():
    cache = make_cache(64)
    tables = [reserve(cache, 20) for _ in range(3)]
    for num_entries in range(20, 41):
        for table in tables:
            cache.reserve(table, num_entries, num_entries)
    assert [len(table.spans(0, 40)) for table in tables] == [1] * 3


def test_a_table_that_is_long_enough_gets_nothing_more():
    cache = make_cache(64)
    table = reserve(cache, 17)
    blocks = list(table.blocks)
    cache.reserve(table, 5, 20)
    assert table.blocks == blocks


def test_a_full_cache_refuses_and_changes_nothing():
    cache = make_cache(8)
    table = reserve(cache, 20)
    write(cache, table, 0, range(20))
    with pytest.raises(CacheFullError):
        reserve(cache, 13)
    with pytest.raises(CacheFullError):
        cache.reserve(table, 20, 33)
    assert cache.tokens == (12, 32)
    assert read(cache, table, 20) == list(range(20))


def test_who_writes_into_a_shared_block_gets_a_copy_of_its_beginning():
    cache, prompt = make_cache(16), np.arange(12, dtype=np.int32)
    first = reserve(cache, 13)
    write(cache, first, 0, prompt)
    cache.pool.publish(prompt, first.blocks)
    second, num_cached = cache.share(prompt)
    assert (num_cached, second.blocks) == (12, first.blocks[:3])
    cache.reserve(second, 6, 16)
    write(cache, second, 6, [100] * 10)
    assert second.blocks[0] == first.blocks[0]
    assert read(cache, second, 16) == [0, 1, 2, 3, 4, 5, *[100] * 10]
    assert read(cache, first, 12) == prompt.tolist()
    for table in (first, second):
        cache.release(table)
    assert cache.tokens == (64, 64)


def test_a_prompt_that_its_only_user_writes_into_is_found_no_more():
    cache, prompt = make_cache(16), np.arange(12, dtype=np.int32)
    table = reserve(cache, 12)
    cache.pool.publish(prompt, table.blocks)
    blocks = list(table.blocks)
    cache.reserve(table, 5, 12)
    assert table.blocks == blocks
    assert cache.share(prompt)[1] == 4


def test_copies_between_spans_that_overlap():
    cache = make_cache(8)
    table = reserve(cache, 20)
    write(cache, table, 0, range(20))
    cache.copy(table.spans(6, 16), table.spans(3, 13))
    assert read(cache, table, 20) == [0, 1, 2, *range(6, 16), *range(13, 20)]


@pytest.mark.parametrize("seed", range(10))
def test_tables_keep_their_content_under_random_use(seed):
    chance, cache = random.Random(seed), make_cache(40)
    expected: list[tuple[BlockTable, list[int]]] = []
    for number in range(250):
        what = chance.random()
        if expected and what < 0.3:
            table, _ = expected.pop(chance.randrange(len(expected)))
            cache.release(table)
        elif what < 0.6:
            # Few beginnings, so that prompts have them in common.
            prompt = [chance.randrange(2) for _ in range(4) for _ in range(4)][: chance.randint(1, 16)]
            table, num_cached = cache.share(np.array(prompt, np.int32))
            try:
                cache.reserve(table, num_cached, len(prompt))
            except CacheFullError:
                cache.release(table)
                continue
            if num_cached < len(prompt):
                write(cache, table, num_cached, prompt[num_cached:])
            cache.pool.publish(np.array(prompt, np.int32), table.blocks)
            expected.append((table, prompt))
        elif expected:
            table, values = chance.choice(expected)
            kept = chance.randint(0, len(values))
            added = [number + 10] * chance.randint(1, 12)
            try:
                cache.reserve(table, kept, kept + len(added))
            except CacheFullError:
                continue
            write(cache, table, kept, added)
            values[kept:] = added
        assert all(read(cache, table, len(values)) == values for table, values in expected)
        assert cache.num_used_slots == 4 * len({block for table, _ in expected for block in table.blocks})
    for table, _ in expected:
        cache.release(table)
    assert cache.tokens == (160, 160)
