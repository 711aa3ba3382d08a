"""Triton's contract with the model: one response or error per request, whatever happens, and never an exception."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import fake_triton
from fake_triton import Logger, MetricFamily, Request, run_model
from tiny import random_tokens, saved, tiny_model

fake_triton.install()

from engine.engine import Engine  # noqa: E402
from engine.model_runner import ModelRunner  # noqa: E402
from model import TritonPythonModel, _cuda_device  # noqa: E402

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


@pytest.mark.parametrize(("kind", "device"), [("CPU", None), ("GPU", 0), ("MODEL", 0)])
def test_an_instance_may_take_a_gpu_unless_it_is_one_of_the_cpu(kind, device):
    assert _cuda_device({**ARGS, "model_instance_kind": kind}) == device


def eventually(is_true: Callable[[], bool]) -> None:
    """Waits until a condition holds, which the model's own thread brings about."""
    deadline = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def request(tokens, branches=(), keep=0, adopt=0, **flags) -> Request:
    return Request({"TOKENS": tokens, "BRANCHES": branches, "KEEP": [keep], "ADOPT": [adopt]}, **flags)


def test_answers_with_the_declared_tensors(load):
    (response,) = run_model(load(), [request([*PROMPT, 4, 5, 6], [2, 1], start=True)])
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
    (whole,) = run_model(model, [request([*PROMPT, 4, 5, 6], [3], start=True, end=True)])
    run_model(model, [request(PROMPT, sequence_id="edit", start=True)])
    (response,) = run_model(model, [request([4, 5, 6], [2], keep=20, sequence_id="edit")])
    np.testing.assert_array_equal(response.values()["ARGMAX"][0], whole.values()["ARGMAX"][0, 1:])
    (ended,) = run_model(model, [request([], sequence_id="edit", end=True)])
    assert ended.values()["ARGMAX"].shape == ended.values()["MARGIN"].shape == (1, 0)
    (lost,) = run_model(model, [request([4], keep=20, sequence_id="edit")])
    assert lost.error.code == "NOT_FOUND"


def test_answers_each_request_in_order_with_its_own_error_code(load):
    broken = request([4], start=True, sequence_id=3)
    broken.inputs.pop("ADOPT")
    responses = run_model(
        load(),
        [
            request([4], keep=2, sequence_id=1),
            request(PROMPT, start=True, sequence_id=2),
            broken,
            request([4], start=True, sequence_id=4, keep=1),
            request(random_tokens(500), start=True, sequence_id=5),
            Request({"TOKENS": [4], "BRANCHES": [], "KEEP": [0, 0], "ADOPT": [0]}, 6, start=True),
        ],
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
    rooms = [run_model(model, [one])[0].values()["KV_TOKENS"].tolist() for one in steps]
    # A block holds 64 tokens, and the bytes are room for three.
    assert rooms == [[[free, 192]] for free in (128, 128, 128, 128, 192)]


def test_reports_no_room_as_unavailable(load):
    responses = run_model(
        load(KV_BYTES=str(256 * 200)), [request(random_tokens(150), start=True, sequence_id=name) for name in (1, 2)]
    )
    assert responses[0].error is None
    assert responses[1].error.code == "UNAVAILABLE"


def test_turns_an_unexpected_failure_into_errors_and_logs_its_traceback(load, monkeypatch):
    model = load()
    with monkeypatch.context() as broken:
        broken.setattr(Engine, "run_pass", lambda engine: 1 / 0)
        responses = run_model(model, [request(PROMPT, start=True, sequence_id=name) for name in (1, 2)])
    assert [response.error.code for response in responses] == ["INTERNAL", "INTERNAL"]
    assert "division by zero" in str(responses[0].error)
    assert any("ZeroDivisionError" in line for line in Logger.lines), "the log has the traceback"
    (response,) = run_model(model, [request(PROMPT, start=True)])
    assert response.error is None


class Gate:
    """Holds passes up until it is opened."""

    def __init__(self, monkeypatch):
        self.is_entered, self._opened = threading.Event(), threading.Event()
        run = ModelRunner.run

        def wait_and_run(runner, chunks):
            self.is_entered.set()
            assert self._opened.wait(30)
            return run(runner, chunks)

        monkeypatch.setattr(ModelRunner, "run", wait_and_run)

    def open(self) -> None:
        self._opened.set()


def test_answers_a_request_while_another_still_runs(load, monkeypatch):
    model = load(MAX_PASS_TOKENS="8")
    gate = Gate(monkeypatch)
    long, short = request(random_tokens(300), start=True, sequence_id=1), request([4], start=True, sequence_id=2)
    model.execute([long])
    assert gate.is_entered.wait(30)
    model.execute([short])
    gate.open()
    assert short.sender.response().values()["PACKED"][0, 0] == 4, "it shared half a pass with the long one"
    assert long.sender.response().values()["PACKED"][0, 0] > 300


def test_stops_computing_for_a_caller_that_is_gone(load, monkeypatch):
    model = load(MAX_PASS_TOKENS="8")
    passes_before = MetricFamily.values["redraft_passes_total"]
    gate = Gate(monkeypatch)
    left = request(random_tokens(300), start=True)
    model.execute([left])
    assert gate.is_entered.wait(30)
    left.sender.cancelled = True
    ending = request([], end=True)
    model.execute([ending])
    gate.open()
    assert left.sender.response().error.code == "CANCELLED"
    free, total = ending.sender.response().values()["KV_TOKENS"][0]
    assert free == total
    eventually(lambda: MetricFamily.values["redraft_passes_total"] == passes_before + 1)


def test_answers_what_waits_before_it_is_unloaded(load, monkeypatch):
    model = load(MAX_PASS_TOKENS="8")
    gate = Gate(monkeypatch)
    requests = [request(random_tokens(300), start=True, sequence_id=name) for name in (1, 2)]
    model.execute([requests[0]])
    assert gate.is_entered.wait(30)
    model.execute([requests[1]])
    finalizing = threading.Thread(target=model.finalize)
    finalizing.start()
    gate.open()
    finalizing.join(30)
    for one in requests:
        assert "the model is being unloaded" in str(one.sender.response().error)


LOST_DEVICE = """
import sys
import fake_triton
fake_triton.install()
import torch
from engine.model_runner import ModelRunner
from model import TritonPythonModel
from test_triton_model import ARGS, request

model = TritonPythonModel()
model.initialize(ARGS)
requests = [request([4], start=True, sequence_id=name) for name in (1, 2)]

def fail(runner, chunks):
    model.execute(requests[1:])
    raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

ModelRunner.run = fail
def send(sender, response, flags):
    print(response.error, flush=True)
fake_triton.Sender.send = send
model.execute(requests[:1])
model._thread._thread.join()
print("goes on", flush=True)
"""


@pytest.mark.skipif(torch.cuda.is_available(), reason="only a machine without a GPU has lost it for sure")
def test_the_process_answers_what_waits_and_ends_when_its_gpu_is_lost(directory):
    environment = {
        **os.environ,
        "REDRAFT_MODEL_DIR": str(directory),
        "REDRAFT_KV_BYTES": "1000000",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
    }
    ended = subprocess.run([sys.executable, "-c", LOST_DEVICE], env=environment, capture_output=True, text=True)
    assert ended.returncode == 1, ended.stderr
    answers = ended.stdout.splitlines()
    assert len(answers) == 2
    assert all("start a new sequence: AcceleratorError: CUDA error" in answer for answer in answers)


@pytest.mark.parametrize("nobody", [0, ""])
def test_runs_warm_up_requests_without_an_id_and_keeps_none_open(load, nobody):
    model = load()
    responses = run_model(model, [request([0] * 5, [2], sequence_id=nobody) for _ in range(3)])
    assert [response.values()["ARGMAX"].shape for response in responses] == [(1, 3)] * 3
    model.finalize()
    assert MetricFamily.values["redraft_open_sequences"] == 0


def test_metrics_follow_sequences_and_passes(load):
    model = load()
    run_model(model, [request(PROMPT, start=True, sequence_id=name) for name in (1, 2)])
    eventually(lambda: MetricFamily.values["redraft_open_sequences"] == 2)
    assert {name: value for name, value in MetricFamily.values.items() if name != "redraft_kv_slots"} == {
        "redraft_open_sequences": 2,
        "redraft_waiting_requests": 0,
        "redraft_kv_slots_used": 2 * 64,
        "redraft_kv_slots_cached": 0,
        "redraft_prefix_hit_tokens_total": 0,
        "redraft_evictions_total": 0,
        "redraft_passes_total": MetricFamily.values["redraft_passes_total"],
        "redraft_pass_tokens_total": MetricFamily.values["redraft_pass_tokens_total"],
        # Nine are the self-test's.
        "redraft_pass_steps_total": 9 + 2,
    }
    # The self-test takes three, and the second request may come when the first already runs.
    assert MetricFamily.values["redraft_passes_total"] - 3 in (1, 2)
    run_model(model, [request([], end=True, sequence_id=1)])
    eventually(lambda: MetricFamily.values["redraft_open_sequences"] == 1)


def test_the_next_edit_of_a_file_finds_its_prompt_cached(load):
    model = load()
    text = random_tokens(200)
    (first,) = run_model(model, [request([*text, 1], start=True, sequence_id=1)])
    (second,) = run_model(model, [request([*text, 2], start=True, sequence_id=2)])
    assert (first.values()["PACKED"][0, 0], second.values()["PACKED"][0, 0]) == (201, 201 - 3 * 64)
    eventually(lambda: MetricFamily.values["redraft_prefix_hit_tokens_total"] == 3 * 64)
    run_model(model, [request([], sequence_id=name, end=True) for name in (1, 2)])
    eventually(lambda: MetricFamily.values["redraft_kv_slots_cached"] == 3 * 64)
    assert MetricFamily.values["redraft_kv_slots_used"] == 0


def test_a_setting_keeps_prompts_apart(load):
    model = load(PREFIX_CACHE="off")
    (first, second) = run_model(model, [request([*PROMPT * 4], start=True, sequence_id=name) for name in (1, 2)])
    (third,) = run_model(model, [request([*PROMPT * 4], start=True, sequence_id=3)])
    assert third.values()["PACKED"][0, 0] == 80
    assert first.values()["ARGMAX"] == second.values()["ARGMAX"] == third.values()["ARGMAX"]


def test_evicts_idle_sequences_while_no_request_comes(load):
    run_model(load(IDLE_SECONDS="0.2"), [request(PROMPT, start=True)])
    eventually(lambda: MetricFamily.values["redraft_evictions_total"] == 1)
    assert MetricFamily.values["redraft_open_sequences"] == 0


def test_reads_settings_from_the_parameters_of_the_config_file(load):
    model = load({"REDRAFT_MAX_PASS_TOKENS": "7"})
    (response,) = run_model(model, [request(PROMPT, start=True)])
    assert response.values()["PACKED"][0, 0] == 20
    eventually(lambda: MetricFamily.values["redraft_passes_total"] > 3)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "DTYPE",
            "int4",
            "ConfigError: REDRAFT_DTYPE: expected one of auto, float32, bfloat16, float16, int8, fp8, got 'int4'",
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
    (response,) = run_model(load(), [request(PROMPT, start=True)])
    types = {"int32": "INT32", "float32": "FP32"}
    answered = [(name, types[value.dtype.name]) for name, value in response.values().items()]
    assert [(name, kind) for name, kind, *_ in declared] == [
        ("TOKENS", "INT32"), ("BRANCHES", "INT32"), ("KEEP", "INT32"), ("ADOPT", "INT32"), *answered,
    ]  # fmt: skip
