"""The command line of a training run."""

import argparse
from pathlib import Path

from training import paths
from training.examples import EDIT_WEIGHT


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Train the adapter for a given time, resuming from the last checkpoint."
    )
    parser.add_argument("--minutes", type=float, default=120, help="of the whole run, all resumes")
    parser.add_argument("--process-minutes", type=float, default=1e9, help="end with a checkpoint after so long")
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--edits", type=Path, default=paths.EDITS, help="made by training.releases, may be missing")
    parser.add_argument(
        "--model", type=paths.model_directory, default=paths.default_model(), help="name in the catalog, or a directory"
    )
    parser.add_argument("--checkpoints", type=Path, default=paths.CHECKPOINTS)
    parser.add_argument("--start-from", type=Path, help="adapter to start from, not to resume")
    parser.add_argument("--frozen-layers", type=int, default=0, help="lowest layers left as is")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--warm-up-steps", type=int, default=40)
    parser.add_argument("--groups-per-step", type=int, default=4)
    parser.add_argument("--group-size", type=int, default=3, help="examples of one file, at most")
    parser.add_argument("--b-rate", type=float, default=1.0, help="of LoRA's B, times A's rate")
    parser.add_argument("--edit-weight", type=float, default=EDIT_WEIGHT, help="of changed tokens")
    parser.add_argument("--known", type=float, default=0.9, help="see `Trainer.learn`")
    parser.add_argument("--curriculum-examples", type=int, default=2000)
    parser.add_argument("--checkpoint-minutes", type=float, default=4)
    parser.add_argument("--evaluation-minutes", type=float, default=19, help="between evaluations")
    parser.add_argument("--evaluation-count", type=int, default=16, help="tasks per set")
    parser.add_argument("--max-tokens-at-once", type=int, default=6000, help="bounds the memory, see README.md")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()
