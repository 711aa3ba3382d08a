"""How passages are judged in each number format, and activations in fewer bits, over tiny models."""

import json
import sys

import numpy as np
import pytest
import torch
from bench.quality import measure_activations, measure_choices
from bench.quality.measure_activations import ALL, NONE, crest_factors, observe, rounded_activations

from engine.errors import StepError
from engine.int8.native import library
from tiny import Reference, make_engine, random_tokens, saved, tiny_model

PASSAGES = [
    {"key": "prompted", "set": "merge", "prompt": random_tokens(70, 1), "text": random_tokens(40, 2)},
    {"key": "code", "set": "code", "prompt": random_tokens(1, 3), "text": random_tokens(90, 4)},
]

DTYPES = ["float32", "bfloat16", "int8"]


@pytest.fixture(autouse=True)
def _own_cache_and_one_thread(tmp_path, monkeypatch):
    torch.set_num_threads(1)
    # It is compiled once, into the cache of all.
    library.native_library()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs one of the programs over a model; returns its output's text."""
    output = tmp_path / "output"

    def run(program, model, passages=PASSAGES, *options):
        file, directory = tmp_path / "passages.jsonl", saved(model, tmp_path / "model")
        file.write_text("".join(json.dumps(passage) + "\n" for passage in passages))
        files = ["--directory", str(directory), "--passages", str(file), "--output", str(output)]
        # The models are so small that a second thread costs more than it gains.
        monkeypatch.setattr(sys, "argv", ["bench", "--model", "tiny", *files, "--threads", "1", *options])
        program.main()
        return output.read_text()

    return run


def lines_of(text):
    return {(line["key"], line["dtype"]): line for line in map(json.loads, text.splitlines())}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_choices_and_the_likelihood_of_code_are_those_of_a_forward_over_the_whole_passage(run, kind, dtype):
    model = tiny_model(kind)
    lines = lines_of(run(measure_choices, model, PASSAGES, "--dtype", dtype))
    assert len(lines) == 2
    for passage in PASSAGES:
        tokens, begin = [*passage["prompt"], *passage["text"]], len(passage["prompt"]) - 1
        argmax, _ = Reference(model)(tokens)
        line = lines[passage["key"], dtype]
        is_same = np.array(line["choices"]) == argmax[begin:-1]
        assert is_same.mean() >= (1 if dtype == "float32" else 0.9)
        if passage["key"] == "code":
            assert line["nats"] == pytest.approx(nats(model, tokens), rel=1e-4 if dtype == "float32" else 0.02)
        else:
            assert "nats" not in line


@torch.inference_mode()
def nats(model, tokens):
    model.set_attn_implementation("sdpa")
    logits = model(input_ids=torch.tensor([tokens])).logits[0, :-1]
    return float(torch.nn.functional.cross_entropy(logits, torch.tensor(tokens[1:]), reduction="sum"))


def test_a_passage_of_several_passes_is_judged_as_a_whole(run, monkeypatch):
    model = tiny_model("llama")
    monkeypatch.setattr(measure_choices, "load_engine", lambda config: make_engine(model, max_pass_tokens=100))
    passage = {"key": "long", "set": "code", "prompt": random_tokens(250, 5), "text": random_tokens(130, 6)}
    line = lines_of(run(measure_choices, model, [passage], "--dtype", "float32"))["long", "float32"]
    argmax, _ = Reference(model)([*passage["prompt"], *passage["text"]])
    assert line["choices"] == argmax[249:-1].tolist()


def test_a_passage_longer_than_the_context_is_refused(run):
    passage = {"key": "long", "set": "code", "prompt": random_tokens(500, 5), "text": random_tokens(13, 6)}
    with pytest.raises(StepError, match="at most 512 tokens"):
        run(measure_choices, tiny_model("llama"), [passage], "--dtype", "float32")


def test_what_is_judged_already_is_kept_and_a_run_without_time_judges_one_passage(run):
    model = tiny_model("llama")
    first = run(measure_choices, model, PASSAGES, "--dtype", "float32", "--minutes", "0")
    assert list(lines_of(first)) == [("prompted", "float32")]
    both = run(measure_choices, model, PASSAGES, "--dtype", "float32")
    assert both.startswith(first)
    assert list(lines_of(both)) == [("prompted", "float32"), ("code", "float32")]
    others = run(measure_choices, model, PASSAGES, "--dtype", "int8")
    assert len(lines_of(others)) == len(others.splitlines()) == 4


def test_a_crest_factor_is_the_largest_magnitude_over_the_root_mean_square():
    rows = torch.tensor([[1.0, -1.0, 1.0, 1.0], [0.0, -8.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert crest_factors(rows).tolist() == [1.0, 2.0, 0.0]


def test_outliers_show_in_the_layers_that_read_them():
    model = tiny_model("llama")
    # One channel of what the second `down_proj` reads.
    model.model.layers[1].mlp.up_proj.weight.data[5] *= 100
    _, crests = observe(model, [torch.tensor([random_tokens(50)])])
    assert {kind: len(layers) for kind, layers in crests.items()} == {
        "q/k/v_proj": 2,
        "o_proj": 2,
        "gate/up_proj": 2,
        "down_proj": 2,
        "lm_head": 1,
    }
    assert crests["down_proj"][1] == max(crest for layers in crests.values() for crest in layers)


def test_activations_are_rounded_to_8_bits_for_the_kind_alone_that_is_named():
    model, seen = tiny_model("llama"), []
    model.model.layers[0].mlp.down_proj.register_forward_hook(lambda _, inputs, output: seen.append(inputs[0][0, 3]))
    for narrow in (NONE, "down_proj", ALL, "o_proj"):
        with rounded_activations(model, narrow):
            model(input_ids=torch.tensor([random_tokens(20)]))
    assert [is_in_8_bits(row) for row in seen] == [False, True, True, False]


def is_in_8_bits(row):
    steps = row / row.abs().max() * 127
    return torch.allclose(steps, steps.round(), atol=1e-3)


def test_rounding_as_the_engine_does_makes_nearly_all_of_its_choices(run):
    model = tiny_model("llama")
    figures = json.loads(run(measure_activations, model))
    assert figures["tokens"] == 201
    shares = figures["otherChoiceShares"]
    assert list(shares) == [NONE, "q/k/v_proj", "o_proj", "gate/up_proj", "down_proj", "lm_head", ALL]
    assert shares[NONE] <= 0.05
    assert shares[NONE] <= shares[ALL]
