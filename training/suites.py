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
from training.commit_sets import commit_sets, read_commits
from training.kinds import COPYING, MAKERS, draw_task
from training.tasks import Corpus, Task

ONE_HUNK = (
    "merge-insert",
    "merge-replace",
    "merge-delete",
    "merge-function",
    "merge-import",
    "merge-bare",
)
# Several instructions, or such as have many right answers.
NOT_SINGLE = {"chained", "open-comment", "open-docstring"}
INSTRUCTIONS = tuple(k for k in MAKERS if k not in COPYING and k not in NOT_SINGLE)


@dataclass(frozen=True)
class Suite:
    """One evaluation set. `lines` is the range of the files' lengths, inclusive."""

    name: str
    kinds: tuple[str, ...]
    lines: tuple[int, int]

    def is_drawable(self, corpus: Corpus) -> bool:
        """Tell whether the corpus holds what the kinds are made from."""
        return corpus.edits is not None or release_tasks.KIND not in self.kinds

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


# Any reasonable answer is right, so that these are judged by rule: see `evaluate_open.py`.
OPEN = Suite("open instruction", ("open-comment", "open-comment", "open-docstring"), (5, 60))


def draw_sets(corpus: Corpus, commits: Path | None, count: int, seed: int) -> dict[str, list[Task]]:
    """Return the tasks of every set by its name; sets of commits where a file of them is given."""
    drawn = {suite.name: suite.draw(corpus, count, seed) for suite in SUITES if suite.is_drawable(corpus)}
    return {**drawn, **(commit_sets(read_commits(commits), count) if commits else {})}


def as_case(name: str, task: Task) -> dict:
    """Return a task as a case of `npm run evaluate`."""
    return {
        "set": name,
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
    parser.add_argument("--edits", type=Path, default=paths.EDITS)
    parser.add_argument("--commits", type=Path, help="real commits that training never saw, see `commit_sets.py`")
    parser.add_argument("--count", type=int, default=100, help="tasks per set")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--output", type=Path, default=paths.cache_directory() / "sets.jsonl")
    options = parser.parse_args()
    corpus = Corpus(options.corpus, evaluation=True, edits=options.edits)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("w", encoding="utf-8") as output:
        for name, tasks in draw_sets(corpus, options.commits, options.count, options.seed).items():
            output.writelines(json.dumps(as_case(name, task), ensure_ascii=False) + "\n" for task in tasks)


if __name__ == "__main__":
    main()
