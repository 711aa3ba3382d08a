"""The kinds of tasks, their proportions, and the stream of tasks."""

import random
from collections.abc import Callable, Iterator

from training import function_tasks as functions
from training import instruction_tasks as instructions
from training import merge_tasks as merges
from training.tasks import Corpus, Excerpt, Task, draw_excerpt
from training.wrap_tasks import wrap

Maker = Callable[[Excerpt, random.Random], Task | None]

# About 54 % merges of a snippet, 42 % instructions, 4 % requests to change nothing.
MAKERS: dict[str, tuple[float, Maker]] = {
    "merge-insert": (11, merges.insert),
    "merge-replace": (10, merges.replace),
    "merge-delete": (8, merges.delete),
    "merge-several": (11, merges.several),
    "merge-function": (7, merges.function),
    "merge-import": (4, merges.import_and_use),
    "merge-bare": (3, merges.bare),
    "rename": (7, instructions.rename),
    "delete": (6, instructions.delete),
    "comment": (6, instructions.comment),
    "literal": (5, instructions.literal),
    "parameter": (3, functions.parameter),
    "wrap": (3, wrap),
    "add-function": (3, functions.add_function),
    "add-line": (4, instructions.add_line),
    "replace-line": (4, instructions.replace_line),
    "nothing": (4, instructions.nothing),
}
ATTEMPTS = 300


def draw_tasks(
    corpus: Corpus, random_source: random.Random, lengths: tuple[int, int]
) -> Iterator[Task]:
    """Yield tasks without end, in the proportions above, of `lengths` lines (least, most)."""
    kinds, weights = list(MAKERS), [weight for weight, _ in MAKERS.values()]
    while True:
        kind = random_source.choices(kinds, weights)[0]
        task = draw_task(kind, corpus, random_source, lengths)
        if task:
            yield task


def draw_task(
    kind: str, corpus: Corpus, random_source: random.Random, lengths: tuple[int, int]
) -> Task | None:
    """Return one task of a kind; excerpts that it does not fit are passed over."""
    maker = MAKERS[kind][1]
    for _ in range(ATTEMPTS):
        excerpt = draw_excerpt(corpus, random_source, *lengths)
        task = maker(excerpt, random_source) if excerpt else None
        if task and (task.original != task.edited or kind == "nothing"):
            return task
    return None
