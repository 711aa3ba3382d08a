"""The memory that a process may use."""

import os

import pytest

from engine.usable_memory import usable_memory_bytes

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize("file", ["memory.max", "memory/memory.limit_in_bytes"])
@pytest.mark.parametrize(("text", "expected"), [("4096\n", 4096), ("max\n", MACHINE), (f"{2**63}\n", MACHINE)])
def test_is_the_containers_limit_where_it_has_one(tmp_path, file, text, expected):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert usable_memory_bytes(tmp_path) == expected


def test_is_the_machines_memory_where_nothing_limits_it(tmp_path):
    assert usable_memory_bytes(tmp_path) == MACHINE
