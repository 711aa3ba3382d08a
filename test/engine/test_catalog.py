"""The catalog of models, as the engine reads it."""

import json
import re
from pathlib import Path

import pytest

from engine.catalog import Piece, load_catalog
from engine.errors import ConfigError

ENTRY = {"name": "tiny", "stopTokens": ["<eos>"], "defaultMinMemoryBytes": 0}
PIECE = {"package": "tiny-weights", "version": "1.0", "sha256": "ab", "file": "tiny.gguf"}
WEIGHTS = {"pieces": [PIECE], "bytes": 16, "sha256": "cd", "dtype": "float32", "licence": "MIT"}


def read(tmp_path: Path, content: object):
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_catalog(path)


def test_reads_where_weights_and_adapter_are(tmp_path):
    (model,) = read(tmp_path, {"models": [{**ENTRY, "weights": WEIGHTS, "adapter": "adapters/tiny"}]}).models
    assert model.weights.pieces == (Piece("tiny-weights", "1.0", "ab", "tiny.gguf"),)
    assert model.weights.pre_tokenizer is None
    assert model.adapter == tmp_path / "adapters" / "tiny"


def test_a_model_without_weights_is_not_built_in(tmp_path):
    catalog = read(tmp_path, {"models": [ENTRY, {**ENTRY, "name": "large", "defaultMinMemoryBytes": None}]})
    assert catalog.builtin_models == []
    assert catalog.find("large").weights is None
    assert catalog.find("larger") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "catalog.json: expected an object, got []"),
        ({}, "catalog.json.models: expected a value of type list, got None"),
        ({"models": []}, "catalog.json.models: expected one with defaultMinMemoryBytes 0, got []"),
        ({"models": ["tiny"]}, "catalog.json.models[0]: expected an object, got 'tiny'"),
        ({"models": [{**ENTRY, "name": 1}]}, "catalog.json.models[0].name: expected a value of type str, got 1"),
        (
            {"models": [{**ENTRY, "defaultMinMemoryBytes": "6 GB"}]},
            "catalog.json.models[0].defaultMinMemoryBytes: expected a value of type int, got '6 GB'",
        ),
        (
            {"models": [{**ENTRY, "weights": {**WEIGHTS, "pieces": []}}]},
            "catalog.json.models[0].weights.pieces: expected at least one piece, got []",
        ),
        (
            {"models": [{**ENTRY, "weights": {**WEIGHTS, "pieces": [{**PIECE, "file": None}]}}]},
            "catalog.json.models[0].weights.pieces[0].file: expected a value of type str, got None",
        ),
        (
            {"models": [{**ENTRY, "weights": {**WEIGHTS, "dtype": "int4"}}]},
            "catalog.json.models[0].weights.dtype: expected float32 or bfloat16, got 'int4'",
        ),
    ],
)
def test_names_the_field_of_a_bad_catalog(tmp_path, content, message):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == message


def test_the_default_is_the_most_demanding_model_that_the_memory_is_enough_for(tmp_path):
    needs = {"large": 8, "small": 0, "middle": 4, "on demand": None}
    entries = [{**ENTRY, "name": name, "defaultMinMemoryBytes": memory} for name, memory in needs.items()]
    catalog = read(tmp_path, {"models": entries})
    assert [catalog.default(memory).name for memory in (0, 3, 4, 7, 8, 99)] == [
        *["small", "small", "middle", "middle", "large", "large"]
    ]


def test_a_default_model_is_built_in():
    for model in load_catalog().models:
        assert model.default_min_memory_bytes is None or model.weights is not None


def test_every_adapter_of_the_catalog_is_there():
    for model in load_catalog().models:
        assert model.adapter is None or (model.adapter / "adapter_config.json").is_file()


def test_every_wheel_and_every_joined_file_is_pinned_by_its_hash():
    for model in load_catalog().builtin_models:
        hashes = [model.weights.sha256, *(piece.sha256 for piece in model.weights.pieces)]
        assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
        assert len(set(hashes)) == len(hashes)
