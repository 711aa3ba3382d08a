"""Prepares what the tests of deploy/ need below the cache directory, and prints where it lies as JSON.

A venv of the pinned Python packages, and promtool and buildah out of Debian's packages: unpacked, not installed, so
that nothing else on the machine changes. Where those cannot be had, the tests that need them are skipped.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
REQUIREMENTS = REPOSITORY / "deploy/requirements-test.txt"
PACKAGES = {"promtool": ("promtool", "prometheus"), "buildah": ("buildah",)}
"""Program → packages that bring it, the newest release's first."""

SELF_CONTAINED = {"promtool"}
"""Programs that run without what their packages depend on."""

UNUSED_SECONDS = 30 * 24 * 3600


def cache_directory() -> Path:
    """The project's folder of the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "redraft"


def run(command: Sequence[str | Path], directory: Path | None = None) -> None:
    """Runs a command; its output goes where the progress goes."""
    subprocess.run(command, check=True, stdout=sys.stderr, cwd=directory)


def prepare_venv(directory: Path) -> None:
    """A venv with exactly the listed packages."""
    print(f"Setting up {directory}…", file=sys.stderr)
    shutil.rmtree(directory, ignore_errors=True)
    run([sys.executable, "-m", "venv", directory])
    pip = [directory / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    run([*pip, "--no-deps", "--require-hashes", "--only-binary=:all:", "-r", REQUIREMENTS])


def prepare_tools(directory: Path) -> None:
    """
    Unpacks the tools that the machine lacks, with the libraries that it lacks.

    Raises:
        CalledProcessError: Debian's packages cannot be had.
    """
    archives = directory / "apt/archives"
    options = [f"-oDir::State::Lists={directory}/apt/lists", f"-oDir::Cache::Archives={archives}"]
    options += ["-qq", "-oAPT::Sandbox::User=", "-oDebug::NoLocking=1"]
    for folder in ("lists", "archives"):
        (directory / "apt" / folder / "partial").mkdir(parents=True, exist_ok=True)
    run(["apt-get", *options, "update"])
    for program in PACKAGES:
        if not shutil.which(program):
            download(program, options, archives)
    for archive in archives.glob("*.deb"):
        if not is_installed(archive.name.split("_")[0]):
            run(["dpkg-deb", "-x", archive, directory])
    shutil.rmtree(directory / "apt")


def download(program: str, options: Sequence[str], archives: Path) -> None:
    """The first package of this release that brings the program."""
    for package in PACKAGES[program]:
        if subprocess.run(["apt-cache", *options, "show", package], capture_output=True, check=False).returncode == 0:
            if program in SELF_CONTAINED:
                run(["apt-get", *options, "download", package], directory=archives)
            else:
                install = ["install", "--yes", "--download-only", "--no-install-recommends", package]
                run(["apt-get", *options, *install])
            return


def is_installed(package: str) -> bool:
    """Whether the machine's own files are to be used."""
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def prepare(cache: Path) -> dict[str, str]:
    """
    Returns:
        `deployPython`: the venv's interpreter. `toolsPath`: root of the unpacked tools.
    """
    identity = REQUIREMENTS.read_bytes() + Path(__file__).read_bytes() + sys.version.encode()
    directory = cache / f"deploy-venv-{hashlib.sha256(identity).hexdigest()[:16]}"
    tools, stamp, tools_stamp = directory / "tools", directory / "installed", directory / "installed-tools"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "deploy-venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists():
            prepare_venv(directory)
        if not tools_stamp.exists():
            try:
                prepare_tools(tools)
                tools_stamp.touch()
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"No promtool and buildah of Debian: {error}", file=sys.stderr)
        stamp.touch()
        remove_unused(cache)
    return {"deployPython": str(directory / "bin/python"), "toolsPath": str(tools)}


def remove_unused(cache: Path) -> None:
    """Removes the venvs that no run has used for 30 days."""
    for stamp in cache.glob("deploy-venv-*/installed"):
        if time.time() - stamp.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(stamp.parent)


if __name__ == "__main__":
    print(json.dumps(prepare(cache_directory())))
