"""A setting that cannot be used must stop the load, with its name, what was expected and what came."""

import dataclasses

import pytest

from engine_config import EngineConfig, read_config
from errors import ConfigError


def test_nothing_set_is_not_the_defaults():
    assert read_config({}) == EngineConfig()
    assert read_config({"REDRAFT_KV_BYTES": "", "PATH": "/bin"}) == EngineConfig()


def test_a_setting_is_not_read(tmp_path):
    config = read_config(
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
        }
    )
    assert config == EngineConfig("gpt2", tmp_path, tmp_path, True, "cpu", "bfloat16", 1_000_000, 64, 1.5, 0.0, 3)


def test_auto_is_not_the_default():
    names = ("DEVICE", "DTYPE", "KV_BYTES", "THREADS")
    assert read_config({f"REDRAFT_{name}": "auto" for name in names}) == EngineConfig()


def test_the_environment_loses_to_the_parameters():
    parameters = {"REDRAFT_MODEL": "from-pbtxt", "REDRAFT_THREADS": "2"}
    config = read_config({"REDRAFT_MODEL": "from-environment"}, parameters)
    assert (config.model, config.threads) == ("from-environment", 2)


def test_no_adapter_is_an_adapter(tmp_path):
    config = read_config({"REDRAFT_ADAPTER_DIR": "none"})
    assert (config.adapter_dir, config.use_adapter) == (None, False)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REDRAFT_MODEL_DIR", "/no/such/directory", "an existing directory"),
        ("REDRAFT_ADAPTER_DIR", "/no/such/directory", "an existing directory"),
        ("REDRAFT_DEVICE", "tpu", "one of auto, cpu, cuda"),
        ("REDRAFT_DTYPE", "int8", "one of auto, float32, bfloat16, float16"),
        ("REDRAFT_KV_BYTES", "1GiB", "an integer of at least 1"),
        ("REDRAFT_MAX_PASS_TOKENS", "0", "an integer of at least 1"),
        ("REDRAFT_MAX_PASS_TOKENS", "auto", "an integer of at least 1"),
        ("REDRAFT_IDLE_SECONDS", "-1", "a number of seconds of at least 0"),
        ("REDRAFT_IDLE_SECONDS", "nan", "a number of seconds of at least 0"),
        ("REDRAFT_THREADS", "2.5", "an integer of at least 1"),
    ],
)
def test_a_bad_value_is_swallowed(name, value, expected):
    with pytest.raises(ConfigError) as caught:
        read_config({name: value})
    assert str(caught.value) == f"{name}: expected {expected}, got {value!r}"


def test_the_config_can_be_changed_later():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EngineConfig().threads = 1
