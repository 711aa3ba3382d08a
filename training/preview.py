"""Print tasks to read: `python -m training.preview --kind rename --count 3`."""

import argparse
import random
from pathlib import Path

from training import paths
from training.kinds import MAKERS, draw_task
from training.prompt import build_content
from training.suggestions import suggest
from training.tasks import Corpus


def main() -> None:
    """Print a few tasks of one kind, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--kind", choices=list(MAKERS), action="append")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    corpus = Corpus(options.corpus, evaluation=False)
    random_source = random.Random(options.seed)
    for kind in options.kind or MAKERS:
        for _ in range(options.count):
            task = draw_task(kind, corpus, random_source, (5, 30))
            if task:
                suggestion = suggest(task.original, task.update)
                parts = (task.original, task.instruction, task.update, task.language, task.path, suggestion)
                print(f"=== {kind}\n{build_content(*parts)}\n--- answer\n{task.edited}")


if __name__ == "__main__":
    main()
