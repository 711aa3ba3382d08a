"""Average adapters that lie on one path of training, each begun from the one before.

    python -m training.average FOLDER FOLDER… --into FOLDER

They err at different places, and their mean errs less than each of them (arXiv 2203.05482); it costs no more to serve.
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.model import CONFIG_FILE, WEIGHTS_FILE


def average(folders: list[Path], into: Path) -> None:
    """Write the mean of the adapters' weights, taken in float32, and their common configuration.

    Raises:
        ValueError: the adapters are not of one configuration.
    """
    first, *others = folders
    config = (first / CONFIG_FILE).read_text("utf-8")
    for other in others:
        if (other / CONFIG_FILE).read_text("utf-8") != config:
            raise ValueError(f"{other / CONFIG_FILE}: expected what {first / CONFIG_FILE} holds, got something else")
    states = [load_file(folder / WEIGHTS_FILE) for folder in folders]
    mean = {name: _mean([state[name] for state in states]) for name in states[0]}
    into.mkdir(parents=True, exist_ok=True)
    save_file(mean, into / WEIGHTS_FILE, metadata={"format": "pt"})
    shutil.copyfile(first / CONFIG_FILE, into / CONFIG_FILE)


def _mean(weights: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack([weight.float() for weight in weights]).mean(dim=0).to(weights[0].dtype)


def main() -> None:
    """Average."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args()
    average(options.folders, options.into)
    print(f"mean of {len(options.folders)} adapters in {options.into}")


if __name__ == "__main__":
    main()
