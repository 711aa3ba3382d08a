"""The engine's settings, read once when Triton loads the model.

A setting is an environment variable of the Triton process or, where that is unset, a `parameters` entry of the
same name in config.pbtxt. A value that cannot be used stops the load.

    python -m engine.config --list     prints every variable with its default and meaning as JSON
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

from engine.setting import auto_or, directory, integer, on_or_off, one_of, seconds, setting, verbatim

DEVICES = ("auto", "cpu", "cuda")
INT8: Final = "int8"
FP8: Final = "fp8"
DTYPES = ("auto", "float32", "bfloat16", "float16", INT8, FP8)
NO_ADAPTER: Final = "none"


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Each field's variable is REDRAFT_ and its name in capitals."""

    model: str = setting(
        "auto",
        verbatim,
        "Name of the model in the catalog; only a built-in model needs no REDRAFT_MODEL_DIR. auto: by the directory "
        "or, without one, the built-in model that fits the memory.",
    )
    model_dir: Path | None = setting(
        None,
        directory,
        "Hugging Face directory (config.json, safetensors). Unset: the built-in model, converted where missing.",
    )
    adapter_dir: Path | Literal["none"] | None = setting(
        None,
        lambda variable, text: NO_ADAPTER if text.lower() == NO_ADAPTER else directory(variable, text),
        "LoRA adapter merged at load; none: the bare model. Unset: the built-in model's own, if it has one.",
    )
    device: str = setting(
        "auto", one_of(DEVICES), "cpu or cuda. auto: the GPU that Triton gives the instance, else the CPU."
    )
    dtype: str = setting(
        "auto",
        one_of(DTYPES),
        "Number format; int8: integer weights; fp8 (CUDA): weights and activations in 8 bits. auto: bfloat16 on CUDA; "
        "on a CPU int8 where it is measured to be twice as fast for layers of the model's size, else float32.",
    )
    kv_bytes: int | None = setting(
        None,
        auto_or(integer(1)),
        "Size of the KV cache. auto: 1 GiB on a CPU, 80 % of the free memory on CUDA.",
        shown_default="auto",
    )
    max_pass_tokens: int = setting(512, integer(1), "Most tokens packed into one forward pass.")
    idle_seconds: float = setting(
        # Above Triton's own 60 s, which ends the sequence without telling us.
        75.0,
        seconds,
        "A sequence unused for longer is evicted.",
    )
    eviction_grace_seconds: float = setting(
        # Without it, busy edits would evict each other in turn.
        5.0,
        seconds,
        "A sequence used more recently is never evicted to make room for another.",
    )
    threads: int | None = setting(
        None,
        auto_or(integer(1)),
        "CPU threads of a pass. auto: as many as the process or its container may keep busy.",
        shown_default="auto",
    )
    tensor_parallel: int = setting(
        1,
        integer(1),
        "Devices that share one model, each with a process of its own: GPUs, or equal shares of the CPU. The model's "
        "key/value heads are dealt out evenly. REDRAFT_KV_BYTES is the size on each.",
    )
    prefix_cache: bool = setting(
        True,
        on_or_off,
        "on: beginnings of prompts are kept and shared, so that the next edit of a file starts sooner.",
        shown_default="on",
    )
    cuda_graphs: bool = setting(
        True,
        on_or_off,
        "on: passes of up to 512 tokens on CUDA replay graphs that are captured at the load.",
        shown_default="on",
    )


def read_config(environment: Mapping[str, str], parameters: Mapping[str, str] | None = None) -> EngineConfig:
    """
    The settings; empty values count as absent.

    Raises:
        ConfigError: a value cannot be used; names the variable.
    """
    values = {**(parameters or {}), **{name: text for name, text in environment.items() if text}}
    given = {
        one.name: one.metadata["parse"](_variable(one), values[_variable(one)])
        for one in fields(EngineConfig)
        if values.get(_variable(one))
    }
    return EngineConfig(**given)


def list_settings() -> list[dict[str, Any]]:
    """Per setting its `variable`, its `default` (None: there is none) and its `meaning`."""
    defaults = EngineConfig()
    return [
        {
            "variable": _variable(one),
            "default": one.metadata["shown_default"] or getattr(defaults, one.name),
            "meaning": one.metadata["meaning"],
        }
        for one in fields(EngineConfig)
    ]


def _variable(field: Field[Any]) -> str:
    return f"REDRAFT_{field.name.upper()}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m engine.config")
    parser.add_argument("--list", action="store_true", required=True, help="print every setting as JSON")
    parser.parse_args()
    print(json.dumps(list_settings(), indent=2))
