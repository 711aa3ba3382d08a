"""The engine's settings, read once when Triton loads the model.

A setting is an environment variable of the Triton process or, where that is unset, a `parameters` entry of the
same name in config.pbtxt. A value that cannot be used stops the load.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Each field's environment variable is REDRAFT_ and its name in capitals."""

    model: str = "smollm2-135m-instruct"
    """Name of the model; only built-in names need no model_dir."""

    model_dir: Path | None = None
    """Hugging Face directory (config.json, safetensors). None: convert the built-in model into the cache directory."""

    adapter_dir: Path | None = None
    """LoRA adapter merged at load. None: the built-in model's own, where there is one."""

    use_adapter: bool = True
    """False where REDRAFT_ADAPTER_DIR is `none`: the bare model. No variable of its own."""

    device: str = "auto"
    """auto: the GPU that Triton gives the instance, else the CPU."""

    dtype: str = "auto"
    """auto: float32 on the CPU, bfloat16 on CUDA."""

    kv_bytes: int | None = None
    """Size of the KV pool. None (`auto`): 1 GiB on the CPU, 80 % of the free memory on CUDA."""

    max_pass_tokens: int = 512
    """Most tokens packed into one forward pass."""

    idle_seconds: float = 75.0
    """A sequence unused for longer is evicted. Above Triton's own 60 s, which ends the sequence without telling us."""

    eviction_grace_seconds: float = 5.0
    """A sequence used more recently is never evicted to make room for another, so that busy edits cannot thrash."""

    threads: int | None = None
    """CPU threads of a pass. None (`auto`): torch's default, one per core."""


def read_config(environment: Mapping[str, str], parameters: Mapping[str, str] | None = None) -> EngineConfig:
    """
    Raises:
        ConfigError: a value cannot be used; names the variable.
    """
    values = {**(parameters or {}), **{name: value for name, value in environment.items() if value}}

    def read(field: str, parse: Callable[[str, str], object]) -> object:
        name = f"REDRAFT_{field.upper()}"
        return parse(name, values[name]) if values.get(name) else getattr(defaults, field)

    defaults = EngineConfig()
    use_adapter = values.get("REDRAFT_ADAPTER_DIR", "").lower() != "none"
    return EngineConfig(
        model=read("model", lambda _, text: text),
        model_dir=read("model_dir", _directory),
        adapter_dir=read("adapter_dir", _directory) if use_adapter else None,
        use_adapter=use_adapter,
        device=read("device", _one_of(DEVICES)),
        dtype=read("dtype", _one_of(DTYPES)),
        kv_bytes=read("kv_bytes", _auto_or(_integer(1))),
        max_pass_tokens=read("max_pass_tokens", _integer(1)),
        idle_seconds=read("idle_seconds", _seconds),
        eviction_grace_seconds=read("eviction_grace_seconds", _seconds),
        threads=read("threads", _auto_or(_integer(1))),
    )


def _directory(name: str, text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ConfigError(name, "an existing directory", text)
    return path


def _one_of(choices: tuple[str, ...]) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text.lower() not in choices:
            raise ConfigError(name, f"one of {', '.join(choices)}", text)
        return text.lower()

    return parse


def _auto_or(parse: Callable[[str, str], object]) -> Callable[[str, str], object]:
    return lambda name, text: None if text.lower() == "auto" else parse(name, text)


def _integer(minimum: int) -> Callable[[str, str], int]:
    def parse(name: str, text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if value < minimum:
            raise ConfigError(name, f"an integer of at least {minimum}", text)
        return value

    return parse


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigError(name, "a number of seconds of at least 0", text)
    return value
