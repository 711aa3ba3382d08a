"""From settings to an engine: where models and adapters come from, how much is cached, on which device."""

import json

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from engine import builtin_model
from engine.catalog import load_catalog
from engine.config import NO_ADAPTER, EngineConfig
from engine.errors import ConfigError, UnsupportedModelError
from engine.loader import choose_device, choose_dtype, load_engine, merge_adapter
from engine.model_source import adapter_directory, model_directory
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


def test_a_loaded_model_answers_as_the_saved_one(directory, family):
    engine = load_engine(EngineConfig("tiny", directory, kv_bytes=2**20))
    assert_agrees(run_one(engine, step(1, PROMPT, [4, 5], start=True)), Reference(family), PROMPT, [4, 5])


def test_a_merged_adapter_answers_as_the_adapter_itself(directory, family, tmp_path):
    bare = Reference(family)(PROMPT)[0]
    adapter = save_adapter(family, tmp_path / "adapter")
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(directory), adapter).eval()
    reference = Reference(adapted.base_model.model)
    engine = load_engine(EngineConfig("tiny", directory, adapter, kv_bytes=2**20))
    assert_agrees(run_one(engine, step(1, PROMPT, [4, 5], start=True)), reference, PROMPT, [4, 5])
    assert (reference(PROMPT)[0] != bare).any(), "the adapter must matter in this test"


def test_refuses_an_adapter_directory_without_an_adapter(model, tmp_path):
    with pytest.raises(ConfigError, match=r"REDRAFT_ADAPTER_DIR: expected a LoRA adapter directory"):
        merge_adapter(model, tmp_path)


def test_refuses_a_model_directory_without_a_model(tmp_path):
    with pytest.raises(ConfigError, match=r"REDRAFT_MODEL_DIR: expected a model directory"):
        model_directory(EngineConfig("gpt2", tmp_path))


def test_asks_for_a_directory_where_the_model_is_not_built_in():
    names = ", ".join(model.name for model in load_catalog().builtin_models)
    with pytest.raises(ConfigError, match=rf"REDRAFT_MODEL: expected {names} \(built in\).*got 'gpt2'"):
        model_directory(EngineConfig("gpt2"))


def test_takes_a_built_in_adapter_for_the_weights_it_was_trained_on_alone(tmp_path):
    own, other, converted, elsewhere = load_catalog().default(0), *(tmp_path / name for name in ("o", "c", "e"))
    for directory, name in ((converted, own.name), (elsewhere, "another-model")):
        directory.mkdir()
        (directory / builtin_model.STAMP).write_text(json.dumps({"model": name}))
    assert adapter_directory(EngineConfig(own.name)) == own.adapter
    assert adapter_directory(EngineConfig("gpt2", model_dir=converted)) == own.adapter
    assert adapter_directory(EngineConfig(model_dir=other)) is None
    assert adapter_directory(EngineConfig(model_dir=elsewhere)) is None
    assert adapter_directory(EngineConfig("gpt2")) is None


def test_a_given_adapter_goes_before_the_built_in_one(tmp_path):
    assert adapter_directory(EngineConfig(adapter_dir=tmp_path)) == tmp_path
    assert adapter_directory(EngineConfig(adapter_dir=NO_ADAPTER)) is None


def test_fills_the_kv_bytes_and_stays_within_them(directory):
    engine = load_engine(EngineConfig("tiny", directory, kv_bytes=100_000))
    pool = engine.sequences.kv_cache
    used = sum(cached.nbytes for cached in (*pool.keys, *pool.values))
    assert 90_000 < used <= 100_000


def test_refuses_kv_bytes_without_room_for_128_tokens(directory):
    with pytest.raises(
        ConfigError, match=r"REDRAFT_KV_BYTES: expected room for at least 128 tokens of \d+ bytes, got 999"
    ):
        load_engine(EngineConfig("tiny", directory, kv_bytes=999))


def test_names_the_family_that_it_refuses_to_load(tmp_path):
    model = of_type("bloom", n_layer=2, n_head=4)
    with pytest.raises(UnsupportedModelError, match="bloom"):
        load_engine(EngineConfig("tiny", saved(model, tmp_path), kv_bytes=2**20))


def test_takes_the_cpu_by_itself_but_never_in_place_of_a_gpu_that_was_asked_for():
    assert choose_device("auto", None) == torch.device("cpu")
    if not torch.cuda.is_available():
        assert choose_device("auto", 0) == torch.device("cpu")
        with pytest.raises(ConfigError, match=r"REDRAFT_DEVICE: expected .*no usable CUDA.*got 'cuda'"):
            choose_device("cuda", None)


def test_chooses_the_dtype_by_the_device_unless_one_is_set():
    assert choose_dtype("auto", torch.device("cpu"), lambda: False) is torch.float32
    assert choose_dtype("auto", torch.device("cpu"), lambda: True) is torch.int8
    assert choose_dtype("auto", torch.device("cuda", 0)) is torch.bfloat16
    assert choose_dtype("float16", torch.device("cpu")) is torch.float16


def test_loads_in_bfloat16_where_the_setting_says_so(tmp_path):
    directory = saved(tiny_model("llama"), tmp_path)
    engine = load_engine(EngineConfig("tiny", directory, dtype="bfloat16", kv_bytes=2**20))
    assert next(engine.runner.model.parameters()).dtype is torch.bfloat16
