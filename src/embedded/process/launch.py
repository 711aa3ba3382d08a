"""Runs a command and never outlives Node: the command and all its children end when standard input closes.

launch.py [--record FILE] [--shm-prefix NAME] [--directory DIR] [--grace SECONDS] -- COMMAND [ARGUMENT …]

Standard input is a pipe from Node and carries nothing. Its end means "stop", whether Node closed it or was
killed. The command runs in a process group of its own, so Ctrl-C in a terminal does not reach it, and the
whole group is killed when the command has ended. The launcher ends last: when it is gone, all of them are.
Exit status: the command's own, or 128 + its signal.
"""

import argparse
import contextlib
import ctypes
import glob
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", help="file that tells later runs which processes this one owns")
    parser.add_argument("--shm-prefix", help="shared memory regions to remove at the end")
    parser.add_argument("--directory", help="directory of the command's files, to remove at the end")
    parser.add_argument("--grace", type=float, default=0, help="seconds between SIGTERM and SIGKILL")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def adopt_orphans() -> None:
    """Makes this launcher the parent of what the command leaves behind, so that it can wait for its end."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> Callable[[], None] | None:
    """A preexec function: the kernel kills the command should this launcher itself be killed."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def apply() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The launcher may have died before the call above; then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return apply


def start_time(pid: int) -> int | None:
    """Start of a process in clock ticks since boot: with the pid, it names a process for good."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return None


def write_record(arguments: argparse.Namespace, child: int) -> None:
    processes = {"owner": os.getppid(), "launcher": os.getpid(), "server": child}
    record = {name: {"pid": pid, "startTime": start_time(pid)} for name, pid in processes.items()}
    # Renamed into place: a reader never sees half a record.
    handle, temporary = tempfile.mkstemp(dir=arguments.directory or os.path.dirname(arguments.record))
    with os.fdopen(handle, "w") as file:
        json.dump({**record, "shmPrefix": arguments.shm_prefix}, file)
    os.replace(temporary, arguments.record)


def watch_signals() -> int:
    """A pipe that becomes readable when a child ends or when someone asks this launcher to stop."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return readable


def wait_for_end(child: subprocess.Popen[bytes], wakeup: int) -> None:
    """Returns when the command has ended or is to be stopped."""
    while child.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), wakeup], [], [])
        if wakeup in ready and any(byte != signal.SIGCHLD for byte in os.read(wakeup, 64)):
            return
        if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 64):
            return


def signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def stop(child: subprocess.Popen[bytes], grace_seconds: float) -> int:
    """Ends the command, then whatever it left in its group, of which nothing is there any more when this returns."""
    if child.poll() is None and grace_seconds > 0:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
    signal_group(child, signal.SIGKILL)
    code = child.wait()
    # A killed process may still hold its ports and its memory for a while, on a busy machine for a long one.
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-child.pid, 0)
    return code


def clean_up(arguments: argparse.Namespace) -> None:
    leftovers = glob.glob(f"/dev/shm/{glob.escape(arguments.shm_prefix)}*") if arguments.shm_prefix else []
    for path in filter(None, [*leftovers, arguments.record]):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    if arguments.directory:
        shutil.rmtree(arguments.directory, ignore_errors=True)


def main() -> int:
    arguments = parse_arguments()
    wakeup = watch_signals()
    adopt_orphans()
    child = subprocess.Popen(
        arguments.command,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent(os.getpid()),
        process_group=0,
    )
    try:
        if arguments.record:
            write_record(arguments, child.pid)
        wait_for_end(child, wakeup)
    finally:
        code = stop(child, arguments.grace)
        clean_up(arguments)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
