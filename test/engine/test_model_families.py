"""Model families: those that the packed pass reproduces pass the self-test, the others are refused by name."""

import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from engine.config import EngineConfig
from engine.errors import UnsupportedModelError
from engine.loader import build_engine
from engine.sdpa_attention import SdpaAttention
from engine.self_test import self_test
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
def test_a_supported_family_passes_the_self_test(kind):
    self_test(build_engine(tiny_model(kind), CONFIG))


@pytest.mark.parametrize(
    ("model_type", "options"),
    [
        ("gpt_neo", {"num_layers": 2, "num_heads": 4, "attention_types": [[["global"], 2]]}),
        ("gptj", {**SMALL, "rotary_dim": 8}),
        ("bloom", {"n_layer": 2, "n_head": 4}),
    ],
)
def test_refuses_a_family_whose_attention_bypasses_the_packed_pass(model_type, options):
    with pytest.raises(UnsupportedModelError, match=rf"{model_type}: its attention bypasses the packed pass \(0 calls"):
        build_engine(of_type(model_type, **options), CONFIG)


@pytest.mark.parametrize(("model_type", "reason"), [("gpt_oss", "s_aux"), ("stablelm", "")])
def test_refuses_attention_with_what_the_packed_pass_lacks(model_type, reason):
    with pytest.raises(UnsupportedModelError, match=rf"{model_type}: the packed pass cannot run it: .*{reason}"):
        build_engine(of_type(model_type), CONFIG)


@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
@pytest.mark.parametrize("nested", [False, True])
def test_refuses_rope_that_depends_on_the_batch(model, kind, nested):
    rope = {"rope_type": kind, "rope_theta": 1e4}
    model.config.rope_parameters = {"full_attention": rope} if nested else rope
    with pytest.raises(UnsupportedModelError, match=f"llama: RoPE of type {kind} depends on the batch"):
        build_engine(model, CONFIG)


def test_the_self_test_finds_a_wrong_attention(model):
    class ShortSighted(SdpaAttention):
        def __call__(self, query, keys, values, scaling, window):
            return super().__call__(query, keys, values, scaling, 8)

    engine = make_engine(model, backend=ShortSighted)
    with pytest.raises(
        UnsupportedModelError, match=r"llama: a packed pass differs .* by [\d.]+ logits, expected at most"
    ):
        self_test(engine)


def test_the_self_test_leaves_no_sequence_behind(engine):
    self_test(engine)
    assert len(engine.sequences) == 0
    assert engine.sequences.kv_cache.num_used_slots == 0


def test_honours_a_sliding_window():
    model = tiny_model("mistral")
    text = random_tokens(40)
    engine = make_engine(model, max_pass_tokens=9)
    assert_agrees(run_one(engine, step(1, text[:30], text[30:], start=True)), Reference(model), text[:30], text[30:])
    model.config.sliding_window = None
    without = Reference(model)(text)[0]
    assert (without != Reference(tiny_model("mistral"))(text)[0]).any(), "the window must matter in this test"


def test_the_self_test_allows_for_the_rounding_of_bfloat16():
    model = tiny_model("llama").to(torch.bfloat16)
    engine = build_engine(model, CONFIG)
    self_test(engine)
    assert engine.sequences.kv_cache.keys[0].dtype is torch.bfloat16
