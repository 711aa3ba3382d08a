"""What the programs themselves say that they read."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from release import REPOSITORY

NODE = ("node", "--import=tsx/esm")


def run(command: Sequence[str | Path], *, given: str | None = None, env: dict[str, str] | None = None) -> str:
    """
    Standard output of a command, run in the repository.

    Raises:
        AssertionError: it failed; holds the end of what it wrote to standard error.
    """
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        command, input=given, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"
    return done.stdout


def ask_node(script: str, given: Any) -> Any:
    """The answer of a script beside this file, JSON in and out."""
    return json.loads(run([*NODE, f"test/deploy/{script}"], given=json.dumps(given)))


@cache
def gateway_variables() -> frozenset[str]:
    """Variables of src/config.ts."""
    source = "const {settings} = await import('./src/config.ts'); console.log(JSON.stringify(Object.values(settings)))"
    settings = json.loads(run([*NODE, "--input-type=module", "--eval", source]))
    return frozenset(setting["variable"] for setting in settings)


@cache
def model_variables() -> frozenset[str]:
    """Variables of engine/config.py."""
    env = {"PYTHONPATH": str(REPOSITORY / "triton-models/verifier/1")}
    settings = json.loads(run([model_python(), "-m", "engine.config", "--list"], env=env))
    return frozenset(setting["variable"] for setting in settings)


def model_python() -> Path:
    """Interpreter of the environment that the model runs in."""
    return Path(os.environ["REDRAFT_TEST_PYTHON"])


def triton_directory() -> Path:
    """Root of the server that the wheel brings, laid out as in NVIDIA's images."""
    return model_python().parent.parent / "tritonserver"


def model_packages() -> Path:
    """The site packages of that environment."""
    return Path(run([model_python(), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())


def triton_libraries() -> str:
    """Search path of the server's libraries."""
    libraries = run([model_python(), "-c", "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"]).strip()
    return f"{model_packages()}/nvidia_pytriton.libs:{libraries}"


@cache
def triton_options() -> frozenset[str]:
    """Options of the tritonserver that the wheel brings."""
    env = {"LD_LIBRARY_PATH": triton_libraries()}
    command = [triton_directory() / "bin/tritonserver", "--help"]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    options = frozenset(re.findall(r"^\s+(--[a-z0-9-]+)", done.stdout + done.stderr, re.MULTILINE))
    assert "--model-repository" in options, (done.stdout + done.stderr)[-2000:]
    return options
