"""How a model is cut, and which models and settings are refused before any process is started."""

import pytest
import torch
from transformers import GPT2Config, LlamaConfig, Phi3Config, Qwen2Config

from engine.config import EngineConfig
from engine.errors import ConfigError, UnsupportedModelError
from engine.loader import load_engine
from engine.parallel.layers import GatheredLinear, RowLinear
from engine.parallel.plan import check_devices, check_plan
from engine.parallel.shard import Shard, shard_model
from tiny import COMMON, VOCABULARY, saved, tiny_model


@pytest.mark.parametrize("num_ranks", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [1, 2, 7, 30])
def test_the_parts_of_all_ranks_are_the_whole(size, num_ranks):
    whole = torch.randn(3, size)
    parts = [Shard(rank, num_ranks).cut(whole, 1) for rank in range(num_ranks)]
    assert torch.equal(torch.cat(parts, 1), whole)


def test_each_rank_holds_its_heads_its_inner_features_and_its_words():
    model = shard_model(tiny_model("qwen2"), Shard(1, 2))
    whole = tiny_model("qwen2")
    own, given = model.model.layers[1], whole.model.layers[1]
    assert torch.equal(own.self_attn.k_proj.weight, given.self_attn.k_proj.weight[8:])
    assert torch.equal(own.self_attn.q_proj.bias, given.self_attn.q_proj.bias[16:])
    assert torch.equal(own.mlp.up_proj.weight, given.mlp.up_proj.weight[32:])
    assert isinstance(own.mlp.down_proj, RowLinear)
    assert torch.equal(own.mlp.down_proj.weight, given.mlp.down_proj.weight[:, 32:])
    assert isinstance(model.lm_head, GatheredLinear)
    assert torch.equal(model.lm_head.weight, whole.lm_head.weight[VOCABULARY // 2 :])
    assert torch.equal(model.model.embed_tokens.weight, whole.model.embed_tokens.weight)


def test_one_rank_holds_the_model_as_it_is():
    model = tiny_model()
    layers = list(model.modules())
    assert list(shard_model(model, Shard()).modules()) == layers


@pytest.mark.parametrize(
    ("num_ranks", "sizes", "expected"),
    [
        (3, {}, "a divisor of the model's num_key_value_heads, which is 2, got 3"),
        (4, {}, "a divisor of the model's num_key_value_heads, which is 2, got 4"),
        (2, {"intermediate_size": 65}, "a divisor of the model's intermediate_size, which is 65, got 2"),
    ],
)
def test_refuses_what_cannot_be_dealt_out_evenly(num_ranks, sizes, expected):
    with pytest.raises(ConfigError, match=f"^REDRAFT_TENSOR_PARALLEL: expected {expected}$"):
        check_plan(LlamaConfig(**{**COMMON, **sizes}), num_ranks)
    check_plan(Qwen2Config(**COMMON), 2)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (GPT2Config(), "gpt2: REDRAFT_TENSOR_PARALLEL: expected 1, got 2: Hugging Face has no plan"),
        (
            Phi3Config(),
            "phi3: REDRAFT_TENSOR_PARALLEL: expected 1, got 2: Hugging Face has a plan with .*rowwise_split",
        ),
    ],
)
def test_refuses_families_without_a_plan_that_is_known(config, reason):
    with pytest.raises(UnsupportedModelError, match=reason):
        check_plan(config, 2)


def test_refuses_layers_that_the_plan_names_and_that_are_not_linear():
    model = tiny_model()
    model.model.layers[0].mlp.up_proj = torch.nn.Bilinear(2, 2, 2)
    with pytest.raises(UnsupportedModelError, match=r"layers\.0\.mlp\.up_proj \(colwise\): expected a linear layer"):
        shard_model(model, Shard(0, 2))


def test_refuses_more_ranks_than_devices():
    check_devices(0, 4, 4)
    with pytest.raises(ConfigError, match="expected at most 3, the CUDA devices from 1 on, got 4"):
        check_devices(1, 4, 4)


@pytest.mark.parametrize(
    ("kind", "dtype", "reason"),
    [("llama", "int8", "expected 1 with REDRAFT_DTYPE=int8, got 2"), ("gpt2", "auto", "Hugging Face has no plan")],
)
def test_a_load_refuses_what_cannot_be_parallel(tmp_path, kind, dtype, reason):
    directory = saved(tiny_model(kind), tmp_path / "model")
    with pytest.raises((ConfigError, UnsupportedModelError), match=reason):
        load_engine(EngineConfig("tiny", directory, dtype=dtype, tensor_parallel=2))
