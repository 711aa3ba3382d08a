"""A model that the packed pass does not reproduce must be refused at load, by its name."""

import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from engine_config import EngineConfig
from errors import UnsupportedModelError
from loading import build_engine
from ragged_attention import attend_by_segment
from self_test import self_test
from tiny import (
    COMMON,
    KINDS,
    Reference,
    assert_agrees,
    make_engine,
    random_tokens,
    randomised,
    run_one,
    step,
    tiny_model,
)

CONFIG = EngineConfig(kv_bytes=2**20)
SMALL = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}


def of_type(model_type: str, **options) -> torch.nn.Module:
    torch.manual_seed(0)
    config = CONFIG_MAPPING[model_type](**{**COMMON, "head_dim": 8, **options})
    return randomised(AutoModelForCausalLM.from_config(config))


@pytest.mark.parametrize("kind", KINDS)
def test_a_supported_family_is_refused(kind):
    self_test(build_engine(tiny_model(kind), CONFIG))


@pytest.mark.parametrize(
    ("model_type", "options"),
    [
        ("gpt_neo", {"num_layers": 2, "num_heads": 4, "attention_types": [[["global"], 2]]}),
        ("gptj", {**SMALL, "rotary_dim": 8}),
        ("bloom", {"n_layer": 2, "n_head": 4}),
    ],
)
def test_a_family_that_bypasses_the_hook_is_loaded(model_type, options):
    with pytest.raises(UnsupportedModelError, match=rf"{model_type}: its attention bypasses the packed pass \(0 calls"):
        build_engine(of_type(model_type, **options), CONFIG)


@pytest.mark.parametrize(("model_type", "reason"), [("gpt_oss", "s_aux"), ("stablelm", "")])
def test_attention_with_extras_is_loaded(model_type, reason):
    with pytest.raises(UnsupportedModelError, match=rf"{model_type}: the packed pass cannot run it: .*{reason}"):
        build_engine(of_type(model_type), CONFIG)


@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
@pytest.mark.parametrize("nested", [False, True])
def test_rope_that_depends_on_the_batch_is_loaded(model, kind, nested):
    rope = {"rope_type": kind, "rope_theta": 1e4}
    model.config.rope_parameters = {"full_attention": rope} if nested else rope
    with pytest.raises(UnsupportedModelError, match=f"llama: RoPE of type {kind} depends on the batch"):
        build_engine(model, CONFIG)


def test_the_self_test_passes_a_wrong_attention(model):
    def short_sighted(packed, query, keys, values, scaling, window):
        return attend_by_segment(packed, query, keys, values, scaling, 8)

    engine = make_engine(model, attend=short_sighted)
    with pytest.raises(
        UnsupportedModelError, match=r"llama: a packed pass differs .* by [\d.]+ logits, expected at most"
    ):
        self_test(engine)


def test_the_self_test_leaves_sequences_behind(engine):
    self_test(engine)
    assert len(engine.sequences) == 0
    assert engine.sequences.pool.needed_slots == 0


def test_the_sliding_window_is_ignored():
    model = tiny_model("mistral")
    text = random_tokens(40)
    engine = make_engine(model, max_pass_tokens=9)
    assert_agrees(run_one(engine, step(1, text[:30], text[30:], start=True)), Reference(model), text[:30], text[30:])
    model.config.sliding_window = None
    without = Reference(model)(text)[0]
    assert (without != Reference(tiny_model("mistral"))(text)[0]).any(), "the window must matter in this test"


def test_bfloat16_is_refused_by_its_own_rounding():
    model = tiny_model("llama").to(torch.bfloat16)
    engine = build_engine(model, CONFIG)
    self_test(engine)
    assert engine.sequences.pool.keys[0].dtype is torch.bfloat16
