"""Copy a checkpoint's adapter to where the service loads it from, and check the copy.

python -m training.export
"""

import argparse
import json
import shutil
from pathlib import Path

from training import paths
from training.model import CONFIG_FILE, WEIGHTS_FILE

MAX_BYTES = 20_000_000


def export(checkpoint: Path, adapter: Path) -> int:
    """Copy both files of the adapter; return the size of the weights in bytes.

    The directory bears the name of the model that the adapter was trained on.
    """
    config = json.loads((checkpoint / CONFIG_FILE).read_text("utf-8"))
    if config["base_model_name_or_path"] != adapter.name:
        raise ValueError(f"base_model_name_or_path: expected {adapter.name}, got {config['base_model_name_or_path']}")
    size = (checkpoint / WEIGHTS_FILE).stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{WEIGHTS_FILE}: expected at most {MAX_BYTES} bytes, got {size}")
    adapter.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        shutil.copyfile(checkpoint / name, adapter / name)
    return size


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoints", type=Path, default=paths.CHECKPOINTS)
    parser.add_argument("--model", type=paths.model_directory, default=paths.default_model())
    options = parser.parse_args()
    size = export(options.checkpoints, paths.adapter_directory(options.model))
    print(f"{size / 1e6:.1f} MB written")


if __name__ == "__main__":
    main()
