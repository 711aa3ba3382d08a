"""How much memory the process may use: the machine's, or less where its container has a limit."""

import os
from pathlib import Path

_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")


def usable_memory_bytes(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The least of the machine's memory and the limits of control groups, version 2 and 1."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *filter(None, (_limit(cgroup / name) for name in _LIMITS))])


def _limit(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
