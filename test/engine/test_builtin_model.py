"""The conversion of a built-in model: a reader sees all of the up-to-date result or nothing."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from engine import builtin_model
from engine.catalog import CatalogModel, Weights, load_catalog

CONTENT = b"a GGUF"
WEIGHTS = Weights((), len(CONTENT), "hash 1", "float32", False, "Apache-2.0", None)
MODEL = CatalogModel("tiny", None, ("<eos>",), WEIGHTS, None)


@pytest.fixture
def conversions(monkeypatch):
    """The GGUF of every conversion so far; what takes long is left out."""
    read = []

    def fetched(weights, folder, report):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "weights.gguf").write_bytes(CONTENT)
        return folder / "weights.gguf"

    def write_model(gguf, target, _):
        read.append(gguf.read_bytes())
        (target / "w").write_text("w")

    monkeypatch.setattr(builtin_model, "fetch", fetched)
    monkeypatch.setattr(builtin_model, "_write_model", write_model)
    monkeypatch.setattr(builtin_model, "_write_tokenizer", lambda *_: None)
    return read


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def convert(path, model=MODEL):
    return builtin_model.convert(model, path, report=lambda _: None)


def test_converts_nothing_where_the_directory_is_up_to_date(tmp_path, conversions):
    assert convert(tmp_path / "out") == convert(tmp_path / "out") == tmp_path / "out"
    assert len(conversions) == 1


def test_replaces_an_outdated_directory_as_a_whole(tmp_path, conversions):
    convert(tmp_path / "out")
    (tmp_path / "out" / "left-over").write_text("old")
    convert(tmp_path / "out", replace(MODEL, weights=replace(WEIGHTS, sha256="hash 2")))
    assert len(conversions) == 2
    assert names_in(tmp_path / "out") == [builtin_model.STAMP, "w"]


def test_keeps_nothing_of_the_download_beside_the_result(tmp_path, conversions):
    convert(tmp_path / "out")
    assert conversions == [CONTENT]
    assert names_in(tmp_path) == [".out.lock", "out"]


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
    # What was downloaded serves the next try.
    assert names_in(tmp_path) == [".out-download", ".out.lock"]


def test_takes_the_result_of_a_process_that_was_faster(tmp_path, conversions):
    # The lock goes first, then the pool waits for those who waited for it.
    with ThreadPoolExecutor(2) as both, builtin_model._locked(tmp_path / ".out.lock"):
        waiting = [both.submit(convert, tmp_path / "out") for _ in range(2)]
    assert [one.result() for one in waiting] == [tmp_path / "out"] * 2
    assert len(conversions) == 1


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


def test_the_rule_that_splits_text_is_the_catalogs(tmp_path, monkeypatch):
    from tokenizers import Tokenizer, models
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    letters = {text: index for index, text in enumerate([*"x0123456789=\u0120", "12"])}
    imported = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE(letters, [("1", "2")])))
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda *_, **__: imported)
    builtin_model._write_tokenizer(tmp_path / "weights.gguf", tmp_path, load_catalog().default(0).weights.pre_tokenizer)
    written = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert written.encode("x = 12").tokens == ["x", "\u0120", "=", "\u0120", "1", "2"]
    assert json.loads((tmp_path / "tokenizer_config.json").read_text())["clean_up_tokenization_spaces"] is False
