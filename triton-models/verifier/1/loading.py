"""From settings to a checked engine: model directory, optional LoRA adapter, KV pool, self-test."""

import logging
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

import builtin_model
from engine import Engine
from engine_config import EngineConfig
from errors import ConfigError, UnsupportedModelError
from kv_pool import KvPool, LayerShape, bytes_per_token
from packed_model import PackedModel
from packed_pass import ShapeProbe
from ragged_attention import NAME
from self_test import self_test
from sequences import Sequences

logger = logging.getLogger(__name__)

DEFAULT_CPU_KV_BYTES = 2**30
CUDA_KV_SHARE = 0.8
MIN_SLOTS = 128
ADAPTERS = Path(__file__).resolve().parent.parent / "adapters"
BATCH_DEPENDENT_ROPE = ("dynamic", "longrope")


def load_engine(config: EngineConfig, cuda_device: int | None = None) -> Engine:
    """
    Args:
        cuda_device: ordinal of the GPU that Triton gives the instance; None: none.

    Raises:
        ConfigError: a setting cannot be used.
        UnsupportedModelError: the packed pass does not reproduce this model; names its model type.
    """
    began = time.perf_counter()
    if config.threads:
        torch.set_num_threads(config.threads)
    device = choose_device(config.device, cuda_device)
    dtype = choose_dtype(config.dtype, device)
    model = load_model(model_directory(config), adapter_directory(config), dtype, device)
    engine = build_engine(model, config)
    self_test(engine)
    logger.info(
        "%s (%s) on %s in %s: %d KV slots, ready in %.1f s",
        config.model, model.config.model_type, device, dtype, engine.sequences.pool.slots, time.perf_counter() - began,
    )  # fmt: skip
    return engine


def choose_device(name: str, cuda_device: int | None) -> torch.device:
    """
    Raises:
        ConfigError: cuda is asked for and not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("REDRAFT_DEVICE", "a device of this machine (it has no usable CUDA)", name)
    wanted = name == "cuda" or (name == "auto" and cuda_device is not None and torch.cuda.is_available())
    return torch.device("cuda", cuda_device or 0) if wanted else torch.device("cpu")


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return getattr(torch, name)


def model_directory(config: EngineConfig) -> Path:
    """
    The directory to load; the built-in model is converted on first use.

    Raises:
        ConfigError: the model is not built in and no directory is given.
    """
    if config.model_dir:
        if not (config.model_dir / "config.json").is_file():
            raise ConfigError("REDRAFT_MODEL_DIR", "a model directory (config.json)", str(config.model_dir))
        return config.model_dir
    if config.model != builtin_model.NAME:
        expected = f"{builtin_model.NAME} (built in), or REDRAFT_MODEL_DIR with the directory of the model"
        raise ConfigError("REDRAFT_MODEL", expected, config.model)
    return builtin_model.convert(builtin_model.default_directory(), report=logger.info)


def adapter_directory(config: EngineConfig) -> Path | None:
    """The adapter to merge. The built-in model's own fits no other weights."""
    if config.adapter_dir or not config.use_adapter:
        return config.adapter_dir
    own = ADAPTERS / builtin_model.NAME
    is_built_in = config.model_dir is None or builtin_model.is_conversion(config.model_dir)
    return own if is_built_in and (own / "adapter_config.json").is_file() else None


def load_model(directory: Path, adapter: Path | None, dtype: torch.dtype, device: torch.device) -> torch.nn.Module:
    """A causal language model in evaluation mode, with the adapter merged into its weights."""
    # Progress bars would be drawn into Triton's log.
    disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, local_files_only=True, use_safetensors=True)
    if adapter:
        model = merge_adapter(model, adapter)
    return model.to(device).eval().requires_grad_(False)


def merge_adapter(model: torch.nn.Module, adapter: Path) -> torch.nn.Module:
    """
    Raises:
        ConfigError: the directory holds no LoRA adapter.
    """
    if not (adapter / "adapter_config.json").is_file():
        raise ConfigError("REDRAFT_ADAPTER_DIR", "a LoRA adapter directory (adapter_config.json)", str(adapter))
    from peft import PeftModel

    return PeftModel.from_pretrained(model, adapter).merge_and_unload(safe_merge=True)


def build_engine(model: torch.nn.Module, config: EngineConfig) -> Engine:
    """
    Raises:
        UnsupportedModelError: names the model type and the reason.
    """
    refuse_batch_dependent_rope(model)
    parameter = next(model.parameters())
    shapes = probe_layers(model)
    pool = KvPool(shapes, pool_slots(config, shapes, parameter), parameter.dtype, parameter.device)
    sequences = Sequences(pool, config.idle_seconds, config.eviction_grace_seconds)
    return Engine(PackedModel(model, pool), sequences, config.max_pass_tokens)


def refuse_batch_dependent_rope(model: torch.nn.Module) -> None:
    """Such frequencies follow the longest position in the batch, so neighbours would change the answer."""
    rope = getattr(model.config, "rope_parameters", None) or {}
    for entry in (rope, *rope.values()):
        kind = entry.get("rope_type") if isinstance(entry, dict) else None
        if kind in BATCH_DEPENDENT_ROPE:
            raise UnsupportedModelError(f"{model.config.model_type}: RoPE of type {kind} depends on the batch")


@torch.inference_mode()
def probe_layers(model: torch.nn.Module) -> list[LayerShape]:
    """
    What each layer caches, found by a forward of one token instead of by each family's names for it.

    Raises:
        UnsupportedModelError: the model does not call the attention function once per layer.
    """
    kind = model.config.model_type
    probe = ShapeProbe()
    token = torch.zeros(1, 1, dtype=torch.int64, device=next(model.parameters()).device)
    try:
        model.set_attn_implementation(NAME)
        model(input_ids=token, position_ids=token, use_cache=False, logits_to_keep=token[0], ragged_pass=probe)
    except Exception as error:
        raise UnsupportedModelError(f"{kind}: the packed pass cannot run it: {error}") from error
    layers = model.config.num_hidden_layers
    if probe.calls != layers or sorted(probe.shapes) != list(range(layers)):
        raise UnsupportedModelError(
            f"{kind}: its attention bypasses the packed pass ({probe.calls} calls for {layers} layers)"
        )
    return [probe.shapes[layer] for layer in range(layers)]


def pool_slots(config: EngineConfig, shapes: list[LayerShape], parameter: torch.Tensor) -> int:
    """
    Raises:
        ConfigError: the budget holds no useful number of tokens.
    """
    budget = config.kv_bytes or default_kv_bytes(parameter.device)
    per_token = bytes_per_token(shapes, parameter.dtype)
    if budget < MIN_SLOTS * per_token:
        raise ConfigError("REDRAFT_KV_BYTES", f"room for at least {MIN_SLOTS} tokens of {per_token} bytes", budget)
    return budget // per_token


def default_kv_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free * CUDA_KV_SHARE)
    return DEFAULT_CPU_KV_BYTES
