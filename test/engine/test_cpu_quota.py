"""Threads follow what the process may use, by either version of control groups."""

import os

import pytest

from engine.cpu_quota import usable_threads

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ALLOWED),
        ({"cpu.max": "max 100000"}, ALLOWED),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": f"{ALLOWED * 100_000 - 50_000} 100000"}, ALLOWED),
        ({"cpu.max": "99900000 100000"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
)
def test_takes_the_cpus_of_the_process_or_the_quota_where_that_is_less(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert usable_threads(tmp_path) == expected
