"""Triton's contract with the model: one response or error per request, in order, and never an exception."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest

import fake_triton
from fake_triton import Logger, MetricFamily, Request
from tiny import random_tokens, saved, tiny_model

fake_triton.install()

from model import TritonPythonModel  # noqa: E402

PROMPT = random_tokens(20)
ARGS = {"model_config": "{}", "model_instance_kind": "CPU", "model_instance_device_id": "0"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return saved(tiny_model("llama"), tmp_path_factory.mktemp("model"))


@pytest.fixture
def load(directory, monkeypatch):
    """Loads the model with the given settings, and unloads it after the test."""
    loaded = []

    def load(parameters: dict[str, str] | None = None, **environment: str) -> TritonPythonModel:
        for name, value in {"MODEL_DIR": str(directory), "KV_BYTES": "1000000", **environment}.items():
            monkeypatch.setenv(f"REDRAFT_{name}", value)
        config = {"parameters": {name: {"string_value": value} for name, value in (parameters or {}).items()}}
        model = TritonPythonModel()
        model.initialize({**ARGS, "model_config": json.dumps(config)})
        loaded.append(model)
        return model

    yield load
    for model in loaded:
        model.finalize()


def request(tokens, branches=(), keep=0, adopt=0, **flags) -> Request:
    return Request({"TOKENS": tokens, "BRANCHES": branches, "KEEP": [keep], "ADOPT": [adopt]}, **flags)


def test_answers_with_the_declared_tensors(load):
    (response,) = load().execute([request([*PROMPT, 4, 5, 6], [2, 1], start=True)])
    shapes = {name: (value.dtype.name, value.shape) for name, value in response.values().items()}
    assert shapes == {
        "ARGMAX": ("int32", (1, 5)),
        "MARGIN": ("float32", (1, 5)),
        "PASS_MS": ("float32", (1, 1)),
        "PACKED": ("int32", (1, 1)),
        "KV_TOKENS": ("int32", (1, 2)),
    }
    values = response.values()
    assert values["PACKED"][0, 0] == 23
    assert values["ARGMAX"][0, 0] == values["ARGMAX"][0, 3], "both branches begin after the same token"
    assert values["PASS_MS"][0, 0] > 0


def test_keeps_a_sequence_from_batch_to_batch_until_its_end(load):
    model = load()
    (whole,) = model.execute([request([*PROMPT, 4, 5, 6], [3], start=True, end=True)])
    model.execute([request(PROMPT, sequence_id="edit", start=True)])
    (response,) = model.execute([request([4, 5, 6], [2], keep=20, sequence_id="edit")])
    np.testing.assert_array_equal(response.values()["ARGMAX"][0], whole.values()["ARGMAX"][0, 1:])
    (ended,) = model.execute([request([], sequence_id="edit", end=True)])
    assert ended.values()["ARGMAX"].shape == ended.values()["MARGIN"].shape == (1, 0)
    (lost,) = model.execute([request([4], keep=20, sequence_id="edit")])
    assert lost.error.code == "NOT_FOUND"


def test_answers_each_request_in_order_with_its_own_error_code(load):
    broken = request([4], start=True, sequence_id=3)
    broken.inputs.pop("ADOPT")
    responses = load().execute(
        [
            request([4], keep=2, sequence_id=1),
            request(PROMPT, start=True, sequence_id=2),
            broken,
            request([4], start=True, sequence_id=4, keep=1),
            request(random_tokens(500), start=True, sequence_id=5),
            Request({"TOKENS": [4], "BRANCHES": [], "KEEP": [0, 0], "ADOPT": [0]}, 6, start=True),
        ]
    )
    assert [response.error.code if response.error else "answer" for response in responses] == [
        "NOT_FOUND", "answer", "INVALID_ARG", "INVALID_ARG", "answer", "INVALID_ARG",
    ]  # fmt: skip
    assert "ADOPT: expected an INT32 tensor, got none" in str(responses[2].error)
    assert "KEEP: expected one value, got 2 values" in str(responses[5].error)


def test_every_answer_tells_the_room_in_the_kv_cache_after_it(load):
    model = load(KV_BYTES=str(256 * 200))
    steps = [
        request(PROMPT, start=True),
        request([4, 5, 6], [2], keep=20),
        request([], sequence_id=2, end=True),
        request(PROMPT, sequence_id=3, start=True, end=True),
        request([], end=True),
    ]
    rooms = [model.execute([one])[0].values()["KV_TOKENS"].tolist() for one in steps]
    assert rooms == [[[free, 200]] for free in (180, 177, 177, 177, 200)]


def test_reports_no_room_as_unavailable(load):
    responses = load(KV_BYTES=str(256 * 200)).execute(
        [request(random_tokens(150), start=True, sequence_id=name) for name in (1, 2)]
    )
    assert responses[0].error is None
    assert responses[1].error.code == "UNAVAILABLE"


def test_turns_an_unexpected_failure_into_errors_and_logs_its_traceback(load, monkeypatch):
    model = load()
    monkeypatch.setattr(model._engine, "run", lambda steps: 1 / 0)
    responses = model.execute([request(PROMPT, start=True, sequence_id=name) for name in (1, 2)])
    assert [response.error.code for response in responses] == ["INTERNAL", "INTERNAL"]
    assert "division by zero" in str(responses[0].error)
    assert any("ZeroDivisionError" in line for line in Logger.lines), "the log has the traceback"


@pytest.mark.parametrize("nobody", [0, ""])
def test_runs_warm_up_requests_without_an_id_and_keeps_none_open(load, nobody):
    model = load()
    responses = model.execute([request([0] * 5, [2], sequence_id=nobody) for _ in range(3)])
    assert [response.values()["ARGMAX"].shape for response in responses] == [(1, 3)] * 3
    assert MetricFamily.values["redraft_open_sequences"] == 0


def test_metrics_follow_sequences_and_passes(load):
    model = load()
    model.execute([request(PROMPT, start=True, sequence_id=name) for name in (1, 2)])
    assert {name: value for name, value in MetricFamily.values.items() if name != "redraft_kv_slots"} == {
        "redraft_open_sequences": 2,
        "redraft_kv_slots_used": 40,
        "redraft_evictions_total": 0,
        # Three passes are the self-test's.
        "redraft_passes_total": 4,
        "redraft_pass_tokens_total": MetricFamily.values["redraft_pass_tokens_total"],
    }
    model.execute([request([], end=True, sequence_id=1)])
    assert MetricFamily.values["redraft_open_sequences"] == 1


def test_evicts_idle_sequences_while_no_request_comes(load):
    load(IDLE_SECONDS="0.2").execute([request(PROMPT, start=True)])
    deadline = time.monotonic() + 10
    while MetricFamily.values["redraft_open_sequences"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert MetricFamily.values["redraft_open_sequences"] == 0
    assert MetricFamily.values["redraft_evictions_total"] == 1


def test_reads_settings_from_the_parameters_of_the_config_file(load):
    model = load({"REDRAFT_MAX_PASS_TOKENS": "7"})
    (response,) = model.execute([request(PROMPT, start=True)])
    assert response.values()["PACKED"][0, 0] == 20
    assert MetricFamily.values["redraft_passes_total"] > 3


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "DTYPE",
            "int4",
            "ConfigError: REDRAFT_DTYPE: expected one of auto, float32, bfloat16, float16, int8, got 'int4'",
        ),
        ("MODEL_DIR", "/nowhere", "ConfigError: REDRAFT_MODEL_DIR: expected an existing directory, got '/nowhere'"),
    ],
)
def test_a_bad_setting_stops_the_load_with_its_name(load, name, value, message):
    with pytest.raises(fake_triton.TritonModelException) as caught:
        load(**{name: value})
    assert str(caught.value) == message


def test_the_config_file_declares_the_tensors_and_lets_batches_be_ragged(load):
    config = (Path(__file__).parents[2] / "triton-models/verifier/config.pbtxt").read_text()
    declared = re.findall(r'\{ name: "(\w+)" data_type: TYPE_(\w+) dims: \[ (-?\d) \](.*?) \}', config)
    assert {name for name, _, size, options in declared if size == "-1" and "allow_ragged_batch" in options} == {
        "TOKENS", "BRANCHES",
    }  # fmt: skip
    assert "optional" not in "".join(options for *_, options in declared)
    (response,) = load().execute([request(PROMPT, start=True)])
    types = {"int32": "INT32", "float32": "FP32"}
    answered = [(name, types[value.dtype.name]) for name, value in response.values().items()]
    assert [(name, kind) for name, kind, *_ in declared] == [
        ("TOKENS", "INT32"), ("BRANCHES", "INT32"), ("KEEP", "INT32"), ("ADOPT", "INT32"), *answered,
    ]  # fmt: skip
