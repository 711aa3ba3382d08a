"""Holds an exclusive lock on a file until standard input closes; prints "waiting" and "held".

The kernel frees the lock with the process, so a killed set-up never leaves a stale one behind.
"""

import fcntl
import sys

with open(sys.argv[1], "w") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
