"""Default folders: everything that is made lies below the user's cache directory."""

import json
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VERIFIER = REPOSITORY / "triton-models" / "verifier"


def cache_directory() -> Path:
    """Return `$XDG_CACHE_HOME/redraft/training`, with the usual fallback of XDG."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "redraft" / "training"


def model_directory(name: str) -> Path:
    """Return where the service keeps its conversion of a model of the catalog; a directory stays what it is."""
    path = Path(name)
    return path if path.is_dir() else cache_directory().parent / "models" / name


def adapter_directory(model: Path) -> Path:
    """Return where the service loads the adapter of a model from."""
    return VERIFIER / "adapters" / model.name


def default_model() -> str:
    """Return the name of the smallest built-in model."""
    models = json.loads((VERIFIER / "catalog.json").read_text("utf-8"))["models"]
    return next(model["name"] for model in models if model.get("defaultMinMemoryBytes") == 0)


PACKAGES = cache_directory() / "packages"
CORPUS = cache_directory() / "corpus.jsonl"
EDITS = cache_directory() / "edits.jsonl"
RELEASES = Path(__file__).with_name("releases.tsv")
CHECKPOINTS = cache_directory() / "checkpoints"
