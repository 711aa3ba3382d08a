"""Contiguous ranges over a row of slots, first fit."""

from engine.slot_allocator import SlotAllocator


def test_takes_the_first_gap_that_is_long_enough():
    allocator = SlotAllocator(20)
    first, second, third = (allocator.allocate(size) for size in (3, 5, 4))
    assert [(owned.start, owned.end) for owned in (first, second, third)] == [(0, 3), (3, 8), (8, 12)]
    allocator.release(second)
    assert allocator.allocate(6).start == 12
    assert allocator.allocate(5).start == 3


def test_refuses_what_no_single_gap_holds():
    allocator = SlotAllocator(10)
    first, second, third = (allocator.allocate(size) for size in (3, 4, 3))
    allocator.release(first)
    allocator.release(third)
    assert allocator.allocate(4) is None
    assert allocator.ranges == [second]


def test_extends_a_range_up_to_the_next_one_or_the_end():
    allocator = SlotAllocator(20)
    first, second, third = (allocator.allocate(size) for size in (3, 5, 4))
    allocator.release(second)
    assert allocator.extend(first, 8)
    assert not allocator.extend(first, 9)
    assert allocator.extend(third, 12)
    assert not allocator.extend(third, 13)
    assert (first.end, third.end) == (8, 20)


def test_counts_what_is_needed_and_not_the_room_to_grow():
    allocator = SlotAllocator(20)
    for size, num_needed in ((8, 5), (6, 6)):
        allocator.allocate(size).num_needed = num_needed
    assert allocator.num_needed == 11
