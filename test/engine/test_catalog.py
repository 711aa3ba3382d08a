"""The catalog of models, as the engine reads it."""

import json
import re
from pathlib import Path

import pytest

from engine.catalog import CATALOG, load_catalog
from engine.errors import ConfigError

ENTRY = {"name": "tiny", "stopTokens": ["<eos>"], "isDefault": True}
WEIGHTS = {"pieces": [{"package": "tiny-weights", "file": "tiny.gguf"}], "licence": "MIT"}


def read(tmp_path: Path, content: object):
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_catalog(path)


def test_reads_where_weights_and_adapter_are(tmp_path):
    (model,) = read(tmp_path, {"models": [{**ENTRY, "weights": WEIGHTS, "adapter": "adapters/tiny"}]}).models
    assert (model.weights.pieces[0].package, model.weights.pieces[0].file) == ("tiny-weights", "tiny.gguf")
    assert model.weights.pre_tokenizer is None
    assert model.adapter == tmp_path / "adapters" / "tiny"


def test_a_model_without_weights_is_not_built_in(tmp_path):
    catalog = read(tmp_path, {"models": [ENTRY, {**ENTRY, "name": "large", "isDefault": False}]})
    assert catalog.builtin_models == []
    assert catalog.find("large").weights is None
    assert catalog.find("larger") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "catalog.json: expected an object, got []"),
        ({}, "catalog.json.models: expected a value of type list, got None"),
        ({"models": []}, "catalog.json.models: expected one with isDefault, got []"),
        ({"models": [ENTRY, ENTRY]}, "catalog.json.models: expected one with isDefault, got ['tiny', 'tiny']"),
        ({"models": ["tiny"]}, "catalog.json.models[0]: expected an object, got 'tiny'"),
        ({"models": [{**ENTRY, "name": 1}]}, "catalog.json.models[0].name: expected a value of type str, got 1"),
        (
            {"models": [{**ENTRY, "isDefault": "yes"}]},
            "catalog.json.models[0].isDefault: expected a value of type bool, got 'yes'",
        ),
        (
            {"models": [{**ENTRY, "weights": {**WEIGHTS, "pieces": []}}]},
            "catalog.json.models[0].weights.pieces: expected at least one piece, got []",
        ),
        (
            {"models": [{**ENTRY, "weights": {"pieces": [{"package": "tiny-weights"}], "licence": "MIT"}}]},
            "catalog.json.models[0].weights.pieces[0].file: expected a value of type str, got None",
        ),
    ],
)
def test_names_the_field_of_a_bad_catalog(tmp_path, content, message):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == message


def test_the_default_model_is_built_in():
    assert load_catalog().default in load_catalog().builtin_models


def test_every_adapter_of_the_catalog_is_there():
    for model in load_catalog().models:
        assert model.adapter is None or (model.adapter / "adapter_config.json").is_file()


def test_every_package_with_weights_is_pinned():
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (CATALOG.parents[1] / "requirements-triton.txt").read_text(), re.M))
    packages = {piece.package for model in load_catalog().builtin_models for piece in model.weights.pieces}
    assert packages <= pinned
