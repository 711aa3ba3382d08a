"""Checkpoints that a training run goes on from: weights, optimizer, position in the data."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

STATE_FILE = "state.pt"


@dataclass
class Progress:
    """How far a run has come."""

    step: int = 0
    num_examples: int = 0
    num_tokens: int = 0
    elapsed_s: float = 0.0


def save(folder: Path, masters: list[torch.Tensor], optimizer, stream, progress: Progress) -> None:
    """Write a checkpoint; the old state stays whole until the new one is."""
    state = {
        "masters": masters,
        "optimizer": optimizer.state_dict(),
        "random": stream.random.getstate(),
        "progress": asdict(progress),
    }
    temporary = folder / f"{STATE_FILE}.new"
    torch.save(state, temporary)
    os.replace(temporary, folder / STATE_FILE)


def resume(folder: Path, masters: list[torch.Tensor], optimizer, stream) -> Progress:
    """Load the checkpoint of a folder, if there is one."""
    if not (folder / STATE_FILE).exists():
        return Progress()
    # The state holds tuples and floats besides tensors; it is the run's own file.
    state = torch.load(folder / STATE_FILE, weights_only=False)
    for master, saved in zip(masters, state["masters"], strict=True):
        master.copy_(saved)
    optimizer.load_state_dict(state["optimizer"])
    stream.random.setstate(state["random"])
    return Progress(**state["progress"])
