"""From a directory to an engine: wrong places are named, adapters are merged, the budget is kept."""

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

import builtin_model
from engine_config import EngineConfig
from errors import ConfigError, UnsupportedModelError
from loading import adapter_directory, choose_device, choose_dtype, load_engine, merge_adapter, model_directory
from test_model_families import of_type
from tiny import Reference, assert_agrees, random_tokens, run_one, saved, step, tiny_model

PROMPT = random_tokens(20)


@pytest.fixture
def directory(tmp_path, family):
    return saved(family, tmp_path / "model")


def save_adapter(model, path):
    targets = ["c_attn"] if model.config.model_type == "gpt2" else ["q_proj", "v_proj"]
    adapted = get_peft_model(model, LoraConfig(r=4, target_modules=targets, task_type="CAUSAL_LM"))
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, 0, 0.3)
    adapted.save_pretrained(path)
    return path


def test_a_saved_model_answers_differently(directory, family):
    engine = load_engine(EngineConfig("tiny", directory, kv_bytes=2**20))
    assert_agrees(run_one(engine, step(1, PROMPT, [4, 5], start=True)), Reference(family), PROMPT, [4, 5])


def test_the_merged_adapter_differs_from_the_adapter(directory, family, tmp_path):
    bare = Reference(family)(PROMPT)[0]
    adapter = save_adapter(family, tmp_path / "adapter")
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(directory), adapter).eval()
    reference = Reference(adapted.base_model.model)
    engine = load_engine(EngineConfig("tiny", directory, adapter, kv_bytes=2**20))
    assert_agrees(run_one(engine, step(1, PROMPT, [4, 5], start=True)), reference, PROMPT, [4, 5])
    assert (reference(PROMPT)[0] != bare).any(), "the adapter must matter in this test"


def test_a_directory_without_adapter_is_merged(model, tmp_path):
    with pytest.raises(ConfigError, match=r"REDRAFT_ADAPTER_DIR: expected a LoRA adapter directory"):
        merge_adapter(model, tmp_path)


def test_a_directory_without_model_is_loaded(tmp_path):
    with pytest.raises(ConfigError, match=r"REDRAFT_MODEL_DIR: expected a model directory"):
        model_directory(EngineConfig("gpt2", tmp_path))


def test_a_model_that_is_not_built_in_needs_no_directory():
    with pytest.raises(ConfigError, match=r"REDRAFT_MODEL: expected smollm2-135m-instruct \(built in\).*got 'gpt2'"):
        model_directory(EngineConfig("gpt2"))


def test_the_built_in_adapter_is_used_for_other_models(tmp_path, monkeypatch):
    own, other, converted = (tmp_path / name for name in (builtin_model.NAME, "other", "converted"))
    for directory in (own, other, converted):
        directory.mkdir()
    (converted / builtin_model.STAMP).write_text("{}")
    monkeypatch.setattr("loading.ADAPTERS", tmp_path)
    assert adapter_directory(EngineConfig()) is None
    (own / "adapter_config.json").write_text("{}")
    assert adapter_directory(EngineConfig()) == own
    assert adapter_directory(EngineConfig(model_dir=converted)) == own
    assert adapter_directory(EngineConfig(model_dir=other)) is None
    assert adapter_directory(EngineConfig(use_adapter=False)) is None
    assert adapter_directory(EngineConfig(adapter_dir=other)) == other


def test_the_kv_budget_is_exceeded(directory):
    engine = load_engine(EngineConfig("tiny", directory, kv_bytes=100_000))
    pool = engine.sequences.pool
    used = sum(cached.nbytes for cached in (*pool.keys, *pool.values))
    assert 90_000 < used <= 100_000


def test_a_budget_for_nothing_is_taken(directory):
    with pytest.raises(
        ConfigError, match=r"REDRAFT_KV_BYTES: expected room for at least 128 tokens of \d+ bytes, got 999"
    ):
        load_engine(EngineConfig("tiny", directory, kv_bytes=999))


def test_a_refused_family_is_not_named(tmp_path):
    model = of_type("bloom", n_layer=2, n_head=4)
    with pytest.raises(UnsupportedModelError, match="bloom"):
        load_engine(EngineConfig("tiny", saved(model, tmp_path), kv_bytes=2**20))


def test_a_missing_gpu_is_replaced_in_silence():
    assert choose_device("auto", None) == torch.device("cpu")
    if not torch.cuda.is_available():
        assert choose_device("auto", 0) == torch.device("cpu")
        with pytest.raises(ConfigError, match=r"REDRAFT_DEVICE: expected .*no usable CUDA.*got 'cuda'"):
            choose_device("cuda", None)


def test_the_dtype_does_not_follow_the_device():
    assert choose_dtype("auto", torch.device("cpu")) is torch.float32
    assert choose_dtype("auto", torch.device("cuda", 0)) is torch.bfloat16
    assert choose_dtype("float16", torch.device("cpu")) is torch.float16


def test_bfloat16_is_not_loaded(tmp_path):
    directory = saved(tiny_model("llama"), tmp_path)
    engine = load_engine(EngineConfig("tiny", directory, dtype="bfloat16", kv_bytes=2**20))
    assert next(engine.model.model.parameters()).dtype is torch.bfloat16
