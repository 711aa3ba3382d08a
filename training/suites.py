"""The evaluation sets: which kinds of tasks, how long the files, how many.

    python -m training.suites --count 100

writes them, from packages that training never saw, as the cases that `npm run evaluate` reads.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

from training import paths, release_tasks
from training.kinds import MAKERS, draw_task
from training.tasks import Corpus, Task

ONE_HUNK = (
    "merge-insert",
    "merge-replace",
    "merge-delete",
    "merge-function",
    "merge-import",
    "merge-bare",
)
# Several instructions, none, or such as have many right answers.
NOT_SINGLE = {"chained", "nothing", "open-comment", "open-docstring"}
INSTRUCTIONS = tuple(k for k in MAKERS if not k.startswith("merge-") and k not in NOT_SINGLE)


@dataclass(frozen=True)
class Suite:
    """One evaluation set. `lines` is the range of the files' lengths, inclusive."""

    name: str
    kinds: tuple[str, ...]
    lines: tuple[int, int]

    def draw(self, corpus: Corpus, count: int, seed: int) -> list[Task]:
        """Return `count` tasks, the same for the same seed, the kinds in turn."""
        random_source = random.Random(f"{self.name} {seed}")
        tasks: list[Task] = []
        while len(tasks) < count:
            kind = self.kinds[len(tasks) % len(self.kinds)]
            task = draw_task(kind, corpus, random_source, self.lines)
            if task and self.lines[0] <= task.original.count("\n") <= self.lines[1]:
                tasks.append(task)
        return tasks


SUITES = (
    Suite("merge, one hunk", ONE_HUNK, (5, 60)),
    Suite("merge, 2-3 hunks", ("merge-several",), (12, 120)),
    Suite("instruction", INSTRUCTIONS, (5, 60)),
    Suite("nothing", ("nothing",), (5, 60)),
    Suite("merge, release", (release_tasks.KIND,), (20, 120)),
    Suite("merge, long file", ("merge-insert", "merge-replace", "merge-delete"), (150, 250)),
)


def as_case(suite: Suite, task: Task) -> dict:
    """Return a task as a case of `npm run evaluate`."""
    return {
        "set": suite.name,
        "kind": task.kind,
        "before": task.original,
        "instruction": task.instruction,
        "update": task.update,
        "language": task.language,
        "after": task.edited,
    }


def main() -> None:
    """Write the evaluation sets, one case per line."""
    parser = argparse.ArgumentParser(description="Write the evaluation sets.")
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--count", type=int, default=100, help="tasks per set")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--output", type=Path, default=paths.cache_directory() / "sets.jsonl")
    options = parser.parse_args()
    corpus = Corpus(options.corpus, evaluation=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("w", encoding="utf-8") as output:
        for suite in SUITES:
            for task in suite.draw(corpus, options.count, options.seed):
                output.write(json.dumps(as_case(suite, task), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
