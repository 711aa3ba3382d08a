"""The native library, compiled from the sources beside this file.

    python -m engine.int8.native.build DIRECTORY

compiles it ahead, for every instruction set, so that a machine without a compiler has it: an image copies the files
into PREBUILT.
"""

import argparse
import functools
import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.builtin_model import default_directory

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
PREBUILT = FOLDER / "prebuilt"
COMPILERS = ("c++", "g++", "clang++")
COMPILE_SECONDS = 120
CPU_INFO = Path("/proc/cpuinfo")

# No contraction: a product and a sum are rounded once or twice as written, in every lane and in what is left over.
OPTIONS = ("-std=c++17", "-O3", "-shared", "-fPIC", "-ffp-contract=off", "-fno-math-errno")


COMPILER_FLAGS = {"amx_tile": "amx-tile", "amx_int8": "amx-int8", "amx_bf16": "amx-bf16"}
"""Flags that the compiler writes in its own way; in all others it leaves out the underscores."""


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """What a library is compiled for."""

    name: str
    flags: tuple[str, ...]
    """As /proc/cpuinfo names them."""

    slow_with: tuple[str, ...] = ()
    """Words that tell, all of them together, a processor on which the next set is faster; as there, or its vendor."""

    def suits(self, words: set[str]) -> bool:
        """Whether a processor of these words has it and is not slow with it."""
        is_slow = bool(self.slow_with) and words.issuperset(self.slow_with)
        return words.issuperset(self.flags) and not is_slow

    @property
    def options(self) -> tuple[str, ...]:
        """The compiler's."""
        return tuple(f"-m{COMPILER_FLAGS.get(flag) or flag.replace('_', '')}" for flag in self.flags)


_AVX2 = ("avx2", "fma")
_AVX512 = (*_AVX2, "avx512f", "avx512bw", "avx512dq", "avx512vl")

INSTRUCTION_SETS = (
    InstructionSet("amx", (*_AVX512, "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16")),
    # Zen 5, the first of AMD's with AVX-VNNI, starts 1.35 products and sums of 16 bits a cycle, and one of VNNI's.
    InstructionSet("avx512vnni", (*_AVX512, "avx512_vnni"), slow_with=("AuthenticAMD", "avx_vnni")),
    InstructionSet("avx512", _AVX512),
    InstructionSet("avxvnni", (*_AVX2, "avx_vnni")),
    InstructionSet("avx2", _AVX2),
)
"""Fastest first."""


class BuildError(Exception):
    """There is no compiler, or it failed; says which."""


def usable_sets(cpu_info: Path = CPU_INFO) -> list[InstructionSet]:
    """The instruction sets for this CPU, fastest first; none where the system does not say."""
    words = cpu_words(cpu_info)
    return [one for one in INSTRUCTION_SETS if one.suits(words)]


def cpu_words(cpu_info: Path = CPU_INFO) -> set[str]:
    """The first processor's flags and its vendor."""
    try:
        lines = cpu_info.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {word for key in ("flags", "vendor_id") for word in _first_line(lines, key).split()}


def _first_line(lines: list[str], key: str) -> str:
    return next((line for line in lines if line.startswith(key)), "")


def library_file(instruction_set: InstructionSet) -> Path:
    """
    The library for the set: prebuilt, from the cache, or compiled now.

    Raises:
        BuildError: it has to be compiled and cannot be.
    """
    prebuilt = PREBUILT / prebuilt_name(instruction_set)
    if prebuilt.is_file():
        return prebuilt
    compiler = _compiler()
    key = _hash(_sources_hash(), *OPTIONS, *instruction_set.options, compiler, _version(compiler))
    # Below the folder of the models, where nothing else is named so.
    file = default_directory("native") / f"{instruction_set.name}-{key}.so"
    if not file.is_file():
        _compile(compiler, instruction_set, file)
        logger.info("%s: compiled the native library", file)
    return file


def prebuilt_name(instruction_set: InstructionSet) -> str:
    """The name of a library compiled ahead; another one for other sources."""
    return f"{instruction_set.name}-{_hash(_sources_hash(), *OPTIONS, *instruction_set.options)}.so"


def _sources() -> Iterator[Path]:
    yield from sorted(FOLDER.glob("*.cpp"))


@functools.cache
def _sources_hash() -> str:
    files = [*_sources(), *sorted(FOLDER.glob("*.h"))]
    return _hash(*(part for file in files for part in (file.name, file.read_text(encoding="utf-8"))))


def _hash(*parts: str) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _compiler() -> str:
    named = os.environ.get("CXX")
    found = next((path for name in ([named] if named else COMPILERS) if (path := shutil.which(name))), None)
    if found is None:
        raise BuildError(f"no compiler: none of {named or ', '.join(COMPILERS)} is on the PATH")
    return found


def _version(compiler: str) -> str:
    return _run([compiler, "--version"])


def _compile(compiler: str, instruction_set: InstructionSet, file: Path) -> None:
    """Writes the file; another process sees all of it or nothing."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".so")
    except OSError as error:
        raise BuildError(f"nothing can be written to {file.parent}: {error}") from error
    os.close(descriptor)
    try:
        _run([compiler, *OPTIONS, *instruction_set.options, *map(str, _sources()), "-o", temporary])
        Path(temporary).chmod(0o755)
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _run(command: list[str]) -> str:
    try:
        # The interpreter inside of Triton may take text for ASCII; compilers quote names as they like.
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=COMPILE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise BuildError(f"{command[0]}: expected exit code 0, got {done.returncode}: {done.stderr[:500]}")
    return done.stdout


def main() -> None:
    """The command of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, metavar="DIRECTORY")
    directory = parser.parse_args().directory
    for instruction_set in INSTRUCTION_SETS:
        _compile(_compiler(), instruction_set, directory / prebuilt_name(instruction_set))


if __name__ == "__main__":
    main()
