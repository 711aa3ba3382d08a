"""Default folders: everything that is made lies below the user's cache directory."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ADAPTER_NAME = "smollm2-135m-instruct"
ADAPTER = REPOSITORY / "triton-models" / "verifier" / "adapters" / ADAPTER_NAME


def cache_directory() -> Path:
    """Return `$XDG_CACHE_HOME/redraft/training`, with the usual fallback of XDG."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "redraft" / "training"


PACKAGES = cache_directory() / "packages"
CORPUS = cache_directory() / "corpus.jsonl"
EDITS = cache_directory() / "edits.jsonl"
RELEASES = Path(__file__).with_name("releases.tsv")
# Where the service itself keeps its converted model.
MODEL = cache_directory().parent / "models" / ADAPTER_NAME
CHECKPOINTS = cache_directory() / "checkpoints"
