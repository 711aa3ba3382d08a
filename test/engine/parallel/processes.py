"""Which processes there are."""

from pathlib import Path


def children(pid: int) -> list[int]:
    """Pids of the workers that a process has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    pids = [int(word) for task in tasks for word in _content(task / "children").split()]
    return [pid for pid in pids if "engine.parallel.worker" in command_line(pid)]


def is_running(pid: int) -> bool:
    """False too for one that merely waits to be reaped."""
    return command_line(pid) != ""


def command_line(pid: int) -> str:
    return _content(Path(f"/proc/{pid}/cmdline"))


def _content(file: Path) -> str:
    """Empty where the thread or process has ended meanwhile."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
