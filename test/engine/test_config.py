"""The engine's settings: environment before parameters before defaults, and what is wrong with a bad one."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import config
from engine.config import NO_ADAPTER, EngineConfig, read_config
from engine.errors import ConfigError


def test_takes_the_defaults_where_nothing_is_set():
    assert read_config({}) == EngineConfig()
    assert read_config({"REDRAFT_KV_BYTES": "", "PATH": "/bin"}) == EngineConfig()


def test_reads_every_setting_from_the_environment(tmp_path):
    read = read_config(
        {
            "REDRAFT_MODEL": "gpt2",
            "REDRAFT_MODEL_DIR": str(tmp_path),
            "REDRAFT_ADAPTER_DIR": str(tmp_path),
            "REDRAFT_DEVICE": "CPU",
            "REDRAFT_DTYPE": "bfloat16",
            "REDRAFT_KV_BYTES": "1000000",
            "REDRAFT_MAX_PASS_TOKENS": "64",
            "REDRAFT_IDLE_SECONDS": "1.5",
            "REDRAFT_EVICTION_GRACE_SECONDS": "0",
            "REDRAFT_THREADS": "3",
            "REDRAFT_PREFIX_CACHE": "off",
            "REDRAFT_CUDA_GRAPHS": "off",
        }
    )
    further = {"prefix_cache": False, "cuda_graphs": False}
    assert read == EngineConfig("gpt2", tmp_path, tmp_path, "cpu", "bfloat16", 1_000_000, 64, 1.5, 0.0, 3, **further)


def test_reads_auto_as_the_default():
    names = ("DEVICE", "DTYPE", "KV_BYTES", "THREADS")
    assert read_config({f"REDRAFT_{name}": "auto" for name in names}) == EngineConfig()


def test_prefers_the_environment_to_the_parameters_of_the_config_file():
    parameters = {"REDRAFT_MODEL": "from-pbtxt", "REDRAFT_THREADS": "2"}
    read = read_config({"REDRAFT_MODEL": "from-environment"}, parameters)
    assert (read.model, read.threads) == ("from-environment", 2)


@pytest.mark.parametrize("text", ["none", "None"])
def test_reads_none_as_no_adapter(text):
    assert read_config({"REDRAFT_ADAPTER_DIR": text}).adapter_dir == NO_ADAPTER


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REDRAFT_MODEL_DIR", "/no/such/directory", "an existing directory"),
        ("REDRAFT_ADAPTER_DIR", "/no/such/directory", "an existing directory"),
        ("REDRAFT_DEVICE", "tpu", "one of auto, cpu, cuda"),
        ("REDRAFT_DTYPE", "int4", "one of auto, float32, bfloat16, float16, int8, fp8"),
        ("REDRAFT_KV_BYTES", "1GiB", "an integer of at least 1"),
        ("REDRAFT_MAX_PASS_TOKENS", "0", "an integer of at least 1"),
        ("REDRAFT_MAX_PASS_TOKENS", "auto", "an integer of at least 1"),
        ("REDRAFT_IDLE_SECONDS", "-1", "a number of seconds of at least 0"),
        ("REDRAFT_IDLE_SECONDS", "nan", "a number of seconds of at least 0"),
        ("REDRAFT_THREADS", "2.5", "an integer of at least 1"),
        ("REDRAFT_PREFIX_CACHE", "yes", "one of on, off"),
    ],
)
def test_names_the_variable_of_a_bad_value_with_what_was_expected(name, value, expected):
    with pytest.raises(ConfigError) as caught:
        read_config({name: value})
    assert str(caught.value) == f"{name}: expected {expected}, got {value!r}"


def test_the_command_lists_every_variable_with_its_default():
    version_directory = Path(config.__file__).parents[1]
    command = [sys.executable, "-m", "engine.config", "--list"]
    listed = json.loads(subprocess.run(command, cwd=version_directory, check=True, stdout=subprocess.PIPE).stdout)
    assert [f"REDRAFT_{field.name.upper()}" for field in dataclasses.fields(EngineConfig)] == [
        setting["variable"] for setting in listed
    ]
    assert all(setting["meaning"] for setting in listed)
    defaults = {setting["variable"]: str(setting["default"]) for setting in listed if setting["default"] is not None}
    assert read_config(defaults) == EngineConfig()


def test_the_config_is_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EngineConfig().threads = 1
