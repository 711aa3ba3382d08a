"""How many threads this process may keep busy: what a container is allowed, not what the machine has."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable_threads(cgroups: Path = CGROUPS) -> int:
    """The CPUs that this process may run on, or its control group's share of them where that is less; at least 1."""
    quotas = (_quota(group) for group in (cgroups, cgroups / "cpu"))
    return min([_allowed_cpus(), *(math.ceil(quota) for quota in quotas if quota)])


def _allowed_cpus() -> int:
    # Not every system has it.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _quota(group: Path) -> float | None:
    """CPUs' worth of time that the group may use, by either version of control groups; None: no limit is set."""
    together = _numbers(group / "cpu.max")
    apart = [*_numbers(group / "cpu.cfs_quota_us"), *_numbers(group / "cpu.cfs_period_us")]
    for values in (together, apart):
        if len(values) == 2 and min(values) > 0:
            return values[0] / values[1]
    return None


def _numbers(file: Path) -> list[int]:
    try:
        return [int(word) for word in file.read_text(encoding="ascii").split() if word.lstrip("-").isdigit()]
    except OSError:
        return []
