"""The evaluation sets: which kinds of tasks, how long the files, how many."""

import random
from dataclasses import dataclass

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
INSTRUCTIONS = tuple(k for k in MAKERS if not k.startswith("merge-") and k != "nothing")


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
    Suite("merge, long file", ("merge-insert", "merge-replace", "merge-delete"), (150, 250)),
    Suite("instruction", INSTRUCTIONS, (5, 60)),
    Suite("nothing", ("nothing",), (5, 60)),
)
