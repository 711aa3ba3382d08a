"""Which number format `auto` is on a CPU."""

import json
import logging

import pytest

from engine.int8 import format_choice
from engine.int8.format_choice import LEAST_GAIN, integer_weights_pay


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "llama", "hidden_size": 32, "intermediate_size": 64})
    )
    return tmp_path


def test_a_model_of_tiny_layers_stays_float32_and_the_log_says_why(directory, caplog):
    with caplog.at_level(logging.INFO, format_choice.__name__):
        assert not integer_weights_pay(directory)
    assert "number format float32: layers of" in caplog.text


@pytest.mark.parametrize(("gain", "expected"), [(LEAST_GAIN + 0.1, True), (LEAST_GAIN - 0.1, False)])
def test_integer_weights_pay_from_twice_the_speed_on(directory, monkeypatch, gain, expected):
    seconds = {"float32": gain, "int8": 1.0, "bfloat16": 0.1}
    monkeypatch.setattr(format_choice, "_least_seconds", lambda *_: seconds)
    assert integer_weights_pay(directory) is expected


def test_leaves_the_number_of_threads_as_it_was(directory):
    before = format_choice.torch.get_num_threads()
    integer_weights_pay(directory)
    assert format_choice.torch.get_num_threads() == before
