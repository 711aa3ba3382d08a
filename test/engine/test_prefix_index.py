"""Beginnings of prompts by their tokens: whole blocks, and only behind the very same ones."""

import numpy as np

from engine.prefix_index import PrefixIndex


def tokens(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_finds_the_longest_beginning_in_whole_blocks():
    index = PrefixIndex(2)
    index.insert(tokens(1, 2, 3, 4, 5), [7, 8, 9])
    assert index.match(tokens(1, 2, 3, 4, 5, 6)) == [7, 8]
    assert index.match(tokens(1, 2, 3)) == [7]
    assert index.match(tokens(1)) == index.match(tokens(2, 1)) == index.match(tokens()) == []


def test_the_same_tokens_behind_others_are_another_block():
    index = PrefixIndex(2)
    index.insert(tokens(1, 2, 9, 9), [7, 8])
    assert index.match(tokens(9, 9)) == []
    index.insert(tokens(3, 4, 9, 9), [5, 6])
    assert index.match(tokens(3, 4, 9, 9)) == [5, 6]


def test_keeps_the_block_that_was_first():
    index = PrefixIndex(2)
    index.insert(tokens(1, 2, 3, 4), [7, 8])
    index.insert(tokens(1, 2, 3, 4, 5, 6), [1, 2, 3])
    assert index.match(tokens(1, 2, 3, 4, 5, 6)) == [7, 8, 3]
    assert [block in index for block in (7, 8, 3, 1, 2)] == [True, True, True, False, False]


def test_finds_nothing_behind_a_forgotten_block():
    index = PrefixIndex(2)
    index.insert(tokens(1, 2, 3, 4), [7, 8])
    index.forget(7)
    assert index.match(tokens(1, 2, 3, 4)) == []
    index.insert(tokens(1, 2), [5])
    assert index.match(tokens(1, 2, 3, 4)) == [5], "what continued the forgotten block does not continue this one"


def test_compares_the_tokens_whatever_their_hash():
    class OneHash(PrefixIndex):
        def _whole_blocks(self, values):
            return [Collides(part) for part in super()._whole_blocks(values)]

    class Collides(bytes):
        def __hash__(self):
            return 0

    index = OneHash(2)
    index.insert(tokens(1, 2), [7])
    index.insert(tokens(3, 4), [8])
    assert (index.match(tokens(1, 2)), index.match(tokens(3, 4)), index.match(tokens(5, 6))) == ([7], [8], [])
