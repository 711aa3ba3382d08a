"""Programs of Debian's packages, unpacked by set_up.py or the machine's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

LIBRARIES = "/usr/lib/x86_64-linux-gnu"
ROOT = Path(os.environ.get("REDRAFT_DEPLOY_TOOLS", "/nonexistent"))


def find_tool(name: str) -> Path:
    """Where the program lies. A test that calls this is skipped where there is none."""
    places = [ROOT / "usr/bin" / name, Path(sys.executable).parent / name]
    found = next((place for place in places if place.exists()), shutil.which(name))
    if found is None:
        pytest.skip(f"{name}: neither on this machine nor to be had as a Debian package")
    return Path(found)


def run_tool(name: str, *arguments: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end, whatever that is."""
    command: Sequence[str | Path] = [find_tool(name), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=300)
