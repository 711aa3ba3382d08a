"""From settings to a checked engine: the model with its adapter, the KV cache, the self-test."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from engine.block_pool import BlockPool
from engine.config import EngineConfig
from engine.cpu_quota import usable_threads
from engine.cuda.padded_cache import CUDA_BLOCK_TOKENS, PaddedKvCache
from engine.cuda.quantised import FORMATS, LAYERS, check_capability, quantise_layers
from engine.cuda.start import cuda_runner, has_varlen_kernel
from engine.cuda.whole_products import keep_products_whole
from engine.engine import Engine
from engine.errors import ConfigError
from engine.int8.backend import int8_cache, int8_runner
from engine.int8.convert import is_int8
from engine.int8.format_choice import integer_weights_pay
from engine.int8.weights_file import load_int8
from engine.kv_cache import KvCache, LayerShape, bytes_per_token
from engine.model_probe import probe_layers, refuse_batch_dependent_rope
from engine.model_runner import ModelRunner
from engine.model_source import adapter_directory, model_directory
from engine.open_sequences import OpenSequences
from engine.parallel.group import least_of_all
from engine.parallel.leader import lead
from engine.parallel.messages import Load
from engine.parallel.plan import check_load
from engine.parallel.shard import WHOLE, Shard, shard_model
from engine.parallel.workers import Workers
from engine.self_test import self_test

logger = logging.getLogger(__name__)

DEFAULT_CPU_KV_BYTES = 2**30
CUDA_KV_SHARE = 0.8
MIN_SLOTS = 128
CPU_BLOCK_TOKENS = 64


def load_engine(config: EngineConfig, cuda_device: int | None = None) -> Engine:
    """
    Args:
        cuda_device: ordinal of the GPU that Triton gives the instance; None: none.

    Raises:
        ConfigError: a setting cannot be used.
        UnsupportedModelError: the packed pass does not reproduce this model; names its model type.
    """
    began = time.perf_counter()
    set_threads(config)
    device = choose_device(config.device, cuda_device)
    directory, adapter = model_directory(config), adapter_directory(config)
    num_ranks = config.tensor_parallel
    dtype = choose_dtype(config.dtype, device, lambda: num_ranks == 1 and integer_weights_pay(directory))
    if num_ranks > 1:
        engine = load_parallel_engine(Load(config, directory, adapter, dtype, device, Shard(0, num_ranks)))
    else:
        engine = load_whole_engine(config, directory, adapter, dtype, device)
    num_slots, seconds = engine.sequences.kv_cache.num_slots, time.perf_counter() - began
    described = f"{config.model} ({engine.runner.model.config.model_type}) on {num_ranks} x {device.type} in {dtype}"
    logger.info("%s: %d KV slots, ready in %.1f s", described, num_slots, seconds)
    return engine


def load_whole_engine(
    config: EngineConfig, directory: Path, adapter: Path | None, dtype: torch.dtype, device: torch.device
) -> Engine:
    """The checked engine of a model that is whole in this process."""

    def load(format: torch.dtype) -> Any:
        return load_model(directory, adapter, format, device)

    # What lies between the products stays in the wider format, and so does what they are quantised from.
    if is_cpu_int8(dtype, device):
        model = load_int8(directory, adapter, lambda: load(torch.float32))
    else:
        model = quantise_layers(load(torch.bfloat16), dtype) if dtype in LAYERS else load(dtype)
    engine = build_engine(model, config)
    self_test(engine)
    return engine


def load_parallel_engine(load: Load) -> Engine:
    """The checked engine of a model whose other shards are in processes that are started here."""
    check_load(load)
    workers = Workers(load)
    try:
        model = load_model(load.directory, load.adapter, load.dtype, load.device, load.shard)
        workers.join()
        engine = build_engine(model, load.config)
        self_test(engine, lead(engine, workers).plain_forward)
    except BaseException:
        workers.stop()
        raise
    return engine


def set_threads(config: EngineConfig) -> None:
    """CPU threads of this process: the ranks share them."""
    torch.set_num_threads(max(1, (config.threads or usable_threads()) // config.tensor_parallel))


def choose_device(name: str, cuda_device: int | None) -> torch.device:
    """
    The device for `auto`, `cpu` or `cuda`.

    Raises:
        ConfigError: cuda is asked for and not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("REDRAFT_DEVICE", "a device of this machine (it has no usable CUDA)", name)
    is_cuda = name == "cuda" or (name == "auto" and cuda_device is not None and torch.cuda.is_available())
    return torch.device("cuda", cuda_device or 0) if is_cuda else torch.device("cpu")


def choose_dtype(name: str, device: torch.device, integers_pay: Callable[[], bool] = lambda: False) -> torch.dtype:
    """
    The number format of the weights for `auto` or one of torch's names.

    Raises:
        ConfigError: the device does not have it.
    """
    if name == "auto":
        if device.type == "cuda":
            return torch.bfloat16
        return torch.int8 if integers_pay() else torch.float32
    dtype: torch.dtype = FORMATS.get(name) or getattr(torch, name)
    if dtype in LAYERS and not is_cpu_int8(dtype, device):
        check_capability(name, device)
    return dtype


def is_cpu_int8(dtype: torch.dtype, device: torch.device) -> bool:
    """Whether weights are integers in the way of a CPU: float32 around them, a row's answer the same to the bit."""
    return dtype == torch.int8 and device.type == "cpu"


def load_model(
    directory: Path, adapter: Path | None, dtype: torch.dtype, device: torch.device, shard: Shard = WHOLE
) -> Any:
    """
    A shard of a causal language model in evaluation mode, with the adapter merged into its weights.

    Raises:
        ConfigError: `adapter` is no LoRA adapter.
        UnsupportedModelError: the model cannot be cut.
    """
    if device.type == "cuda":
        keep_products_whole()
    # Progress bars would be drawn into Triton's log.
    disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, local_files_only=True, use_safetensors=True)
    if adapter:
        model = merge_adapter(model, adapter)
    return shard_model(model, shard).to(device).eval().requires_grad_(False)


def merge_adapter(model: Any, adapter: Path) -> Any:
    """
    The model with the LoRA of the directory added to its weights.

    Raises:
        ConfigError: the directory holds no LoRA adapter.
    """
    if not (adapter / "adapter_config.json").is_file():
        raise ConfigError("REDRAFT_ADAPTER_DIR", "a LoRA adapter directory (adapter_config.json)", str(adapter))
    from peft import PeftModel

    return PeftModel.from_pretrained(model, adapter).merge_and_unload(safe_merge=True)


def build_engine(model: Any, config: EngineConfig) -> Engine:
    """
    An engine over a loaded model.

    Raises:
        ConfigError: the KV cache would hold no useful number of tokens.
        UnsupportedModelError: names the model type and the reason.
    """
    refuse_batch_dependent_rope(model)
    parameter = next(model.parameters())
    kind = cache_kind(model)
    shapes = [kind.stored(shape) for shape in probe_layers(model)]
    num_slots = count_slots(config, shapes, parameter)
    if config.tensor_parallel > 1:
        num_slots = least_of_all(num_slots, parameter.device)
    pool = make_pool(config, num_slots, parameter.device)
    kv_cache = kind(shapes, pool, parameter.dtype, parameter.device)
    sequences = OpenSequences(kv_cache, config.idle_seconds, config.eviction_grace_seconds)
    return Engine(make_runner(model, kv_cache, config), sequences, config.max_pass_tokens)


def cache_kind(model: Any) -> type[KvCache]:
    """The KV cache that the model's attention reads."""
    if is_int8(model):
        return int8_cache()
    parameter = next(model.parameters())
    return PaddedKvCache if has_varlen_kernel(parameter.device, parameter.dtype) else KvCache


def make_runner(model: Any, kv_cache: KvCache, config: EngineConfig) -> ModelRunner:
    """What runs the model's passes over a cache of its kind."""
    if isinstance(kv_cache, PaddedKvCache):
        return cuda_runner(model, kv_cache, config.max_pass_tokens, with_graphs=config.cuda_graphs)
    return int8_runner(model, kv_cache) if is_int8(model) else ModelRunner(model, kv_cache)


def make_pool(config: EngineConfig, num_slots: int, device: torch.device) -> BlockPool:
    """The blocks of that many slots. Only the kernel on CUDA reads blocks that are not adjacent without a copy."""
    is_cuda = device.type == "cuda"
    block_tokens = CUDA_BLOCK_TOKENS if is_cuda else CPU_BLOCK_TOKENS
    return BlockPool(
        max(1, num_slots // block_tokens),
        block_tokens,
        wants_runs=not is_cuda,
        keeps_prefixes=config.prefix_cache,
    )


def count_slots(config: EngineConfig, shapes: list[LayerShape], parameter: torch.Tensor) -> int:
    """
    Slots that fit into the KV cache's bytes. The parameter has the cache's dtype and device.

    Raises:
        ConfigError: there is room for no useful number of tokens.
    """
    kv_bytes = config.kv_bytes or default_kv_bytes(parameter.device)
    slot_bytes = bytes_per_token(shapes, parameter.dtype)
    if kv_bytes < MIN_SLOTS * slot_bytes:
        raise ConfigError("REDRAFT_KV_BYTES", f"room for at least {MIN_SLOTS} tokens of {slot_bytes} bytes", kv_bytes)
    return kv_bytes // slot_bytes


def default_kv_bytes(device: torch.device) -> int:
    """Bytes of the KV cache where no setting says otherwise."""
    if device.type == "cuda":
        # What weights took before they were quantised counts as used until then.
        torch.cuda.empty_cache()
        num_free_bytes, _ = torch.cuda.mem_get_info(device)
        return int(num_free_bytes * CUDA_KV_SHARE)
    return DEFAULT_CPU_KV_BYTES
