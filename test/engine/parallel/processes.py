"""Which processes there are."""

from pathlib import Path


def children(pid: int) -> list[int]:
    """Pids of the workers that a process has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    pids = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    return [pid for pid in pids if "engine.parallel.worker" in command_line(pid)]


def is_running(pid: int) -> bool:
    """False too for one that merely waits to be reaped."""
    return command_line(pid) != ""


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
