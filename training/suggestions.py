"""The suggested answers of prompts, asked from the service's own code: the rules that merge an update stand there."""

import json
import subprocess
import threading
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ["node", "--import=tsx/esm", "training/suggest.ts"]


class Suggestions:
    """A Node process that is asked line by line; several threads may ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # It ends with its standard input, that is with this process.
        self._process = subprocess.Popen(
            COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def suggest(self, original: str, update: str) -> str | None:
        """Return what the update makes of the file by rule, None where the prompt would not show it."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps({"original": original, "update": update}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(COMMAND)}: expected an answer, got the end of its output")
        suggestion: str | None = json.loads(answer)
        return suggestion


@cache
def _running() -> Suggestions:
    return Suggestions()


@lru_cache(maxsize=256)
def suggest(original: str, update: str | None) -> str | None:
    """Return the suggestion for an edit, None where there is no update; the first call starts the process."""
    return _running().suggest(original, update) if update else None
