"""How the native library comes to be, and what serves where it cannot."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.int8.linear import Int8Linear
from engine.int8.native import build, library
from engine.int8.native.build import INSTRUCTION_SETS, BuildError, library_file, usable_sets

AVX2 = INSTRUCTION_SETS[-1]
ALL_FLAGS = " ".join(sorted({flag for one in INSTRUCTION_SETS for flag in one.flags}))
ZEN_4_FLAGS = " ".join({flag for flag in ALL_FLAGS.split() if not flag.startswith("amx") and flag != "avx_vnni"})


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "redraft" / "models" / "native"


@pytest.fixture
def compiler(monkeypatch):
    found = next((path for name in build.COMPILERS if (path := shutil.which(name))), None)
    if found is None or not usable_sets():
        pytest.skip("no compiler, or a CPU without the instructions")
    monkeypatch.setenv("CXX", found)
    return found


@pytest.fixture
def anew():
    """Forgets which library the process has, before and after."""
    library.native_library.cache_clear()
    yield
    library.native_library.cache_clear()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"vendor_id : GenuineIntel\nflags : {ALL_FLAGS}", ["amx", "avx512vnni", "avx512", "avxvnni", "avx2"]),
        (f"vendor_id : AuthenticAMD\nflags : {ALL_FLAGS}", ["amx", "avx512", "avxvnni", "avx2"]),
        (f"vendor_id : AuthenticAMD\nflags : {ZEN_4_FLAGS}", ["avx512vnni", "avx512", "avx2"]),
        ("vendor_id : AuthenticAMD\nflags : fma avx2", ["avx2"]),
        ("vendor_id : GenuineIntel\nflags : avx2", []),
        ("Features : asimd", []),
    ],
)
def test_the_cpu_says_which_instruction_sets_are_usable(tmp_path, text, names):
    (tmp_path / "cpuinfo").write_text(text)
    assert [one.name for one in usable_sets(tmp_path / "cpuinfo")] == names


def test_no_instruction_set_is_usable_where_the_system_does_not_say(tmp_path):
    assert usable_sets(tmp_path / "absent") == []


def test_compiles_once_and_leaves_nothing_else_behind(cache, compiler):
    file = library_file(AVX2)
    written = file.stat().st_mtime_ns
    assert library_file(AVX2) == file
    assert file.stat().st_mtime_ns == written
    assert list(cache.iterdir()) == [file]


def test_two_processes_may_compile_at_once(cache, compiler):
    command = [
        sys.executable,
        "-c",
        "from engine.int8.native.build import *; print(library_file(INSTRUCTION_SETS[-1]))",
    ]
    root = Path(build.__file__).parents[3]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = {one.communicate()[0].strip() for one in both}
    assert outputs == {str(file) for file in cache.iterdir()}
    assert library.Library(library_file(AVX2))


def test_without_a_compiler_torch_serves_and_the_log_says_why(cache, monkeypatch, caplog, anew):
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setattr(build, "PREBUILT", cache)
    monkeypatch.setattr(library, "usable_sets", lambda: [AVX2])
    with caplog.at_level(logging.INFO, library.__name__):
        assert library.native_library() is None
    reason = "no library for avx2: no compiler: none of no-such-compiler is on the PATH"
    assert f"integer passes by torch, which is slower ({reason})" in caplog.text
    assert Int8Linear(torch.eye(4))(torch.ones(1, 4)).shape == (1, 4)


def test_a_compiler_that_fails_is_named_with_what_it_said(cache, monkeypatch, tmp_path):
    failing = tmp_path / "failing"
    failing.write_text('#!/bin/sh\n[ "$1" = --version ] || { echo "no room" >&2; exit 3; }\n')
    failing.chmod(0o755)
    monkeypatch.setenv("CXX", str(failing))
    monkeypatch.setattr(build, "PREBUILT", cache)
    with pytest.raises(BuildError, match="failing: expected exit code 0, got 3: no room"):
        library_file(AVX2)
    assert list(cache.iterdir()) == []


def test_a_file_that_is_no_library_is_passed_over(cache, monkeypatch, compiler, caplog, anew):
    library_file(AVX2).write_text("no library")
    monkeypatch.setattr(library, "usable_sets", lambda: [AVX2])
    assert library.native_library() is None
    assert "no library for avx2" in caplog.text


def test_a_library_compiled_ahead_needs_no_compiler(cache, compiler, monkeypatch, tmp_path):
    monkeypatch.setattr(build, "INSTRUCTION_SETS", (AVX2,))
    monkeypatch.setattr(sys, "argv", ["build", str(tmp_path / "ahead")])
    build.main()
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setattr(build, "PREBUILT", tmp_path / "ahead")
    assert library_file(AVX2).parent == tmp_path / "ahead"


def test_a_compiler_may_quote_as_it_likes_where_text_is_taken_for_ascii(cache, compiler, tmp_path, monkeypatch):
    wrapper = tmp_path / "quoting"
    wrapper.write_text(f'#!/bin/sh\nprintf "\\342\\200\\230\\377" >&2\nexec {compiler} "$@"\n')
    wrapper.chmod(0o755)
    for name, value in {"CXX": str(wrapper), "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}.items():
        monkeypatch.setenv(name, value)
    code = "from engine.int8.native.build import *; library_file(INSTRUCTION_SETS[-1])"
    subprocess.run([sys.executable, "-c", code], cwd=Path(build.__file__).parents[3], check=True)
    assert len(list(cache.iterdir())) == 1
