"""Whether a model can be cut into shards, by its config alone: before any weight is read or any process is started."""

from typing import Any

import torch
from transformers import AutoConfig

from engine.errors import ConfigError, UnsupportedModelError
from engine.parallel.messages import Load
from engine.parallel.styles import STYLES

FIELD = "REDRAFT_TENSOR_PARALLEL"


def check_load(load: Load) -> None:
    """
    Raises:
        UnsupportedModelError: Hugging Face has no plan for the family, or one that asks for more than is known here.
        ConfigError: the model or the devices cannot be shared out evenly.
    """
    num_ranks = load.shard.num_ranks
    if load.dtype.itemsize == 1:
        # A row of such weights has one scale, which its parts do not share.
        raise ConfigError(FIELD, f"1 with REDRAFT_DTYPE={load.config.dtype}", num_ranks)
    if load.device.type == "cuda":
        check_devices(load.device.index or 0, num_ranks, torch.cuda.device_count())
    check_plan(AutoConfig.from_pretrained(load.directory, local_files_only=True), num_ranks)


def check_plan(config: Any, num_ranks: int) -> None:
    """
    Args:
        config: the model's, of Hugging Face.

    Raises:
        UnsupportedModelError: Hugging Face has no plan for the family, or one that asks for more than is known here.
        ConfigError: the heads or the inner layers cannot be shared out evenly.
    """
    text = config.get_text_config()
    plan: dict[str, str] = getattr(text, "base_model_tp_plan", None) or {}
    unknown = sorted({style for style in plan.values() if style not in STYLES})
    if not plan or unknown:
        reason = f"a plan with {', '.join(unknown)}" if unknown else "no plan"
        raise UnsupportedModelError(
            f"{config.model_type}: {FIELD}: expected 1, got {num_ranks}: Hugging Face has {reason} for its shards"
        )
    for name in ("num_key_value_heads", "num_attention_heads", "intermediate_size"):
        size = getattr(text, name, None)
        if size is not None and size % num_ranks:
            raise ConfigError(FIELD, f"a divisor of the model's {name}, which is {size}", num_ranks)


def check_devices(first: int, num_ranks: int, num_devices: int) -> None:
    """
    Args:
        first: ordinal of rank 0's device.
        num_devices: CUDA devices that this process sees.

    Raises:
        ConfigError: there is no device for each rank.
    """
    num_left = num_devices - first
    if num_left < num_ranks:
        raise ConfigError(FIELD, f"at most {num_left}, the CUDA devices from {first} on", num_ranks)
