"""The kinds of tasks, their proportions, and how tasks are drawn."""

import random
from collections.abc import Callable

from training import function_tasks as functions
from training import instruction_tasks as instructions
from training import merge_tasks as merges
from training.chained_tasks import chained
from training.tasks import Corpus, Excerpt, Task, draw_excerpt
from training.wrap_tasks import wrap

Maker = Callable[[Excerpt, random.Random], Task | None]

# About 53 % merges of a snippet, 43 % instructions, 4 % requests to change nothing.
MAKERS: dict[str, tuple[float, Maker]] = {
    "merge-insert": (10, merges.insert),
    "merge-replace": (9, merges.replace),
    "merge-delete": (9, merges.delete),
    "merge-several": (8, merges.several),
    "merge-many": (12, merges.many),
    "merge-function": (7, merges.function),
    "merge-import": (5, merges.import_and_use),
    "merge-bare": (4, merges.bare),
    "rename": (7, instructions.rename),
    "delete": (6, instructions.delete),
    "comment": (6, instructions.comment),
    "literal": (5, instructions.literal),
    "parameter": (3, functions.parameter),
    "wrap": (3, wrap),
    "add-function": (3, functions.add_function),
    "add-line": (4, instructions.add_line),
    "replace-line": (4, instructions.replace_line),
    "chained": (12, chained),
    "nothing": (5, instructions.nothing),
}
ATTEMPTS = 300


def draw_group(corpus: Corpus, random_source: random.Random, lengths: tuple[int, int], size: int) -> list[Task]:
    """Return up to `size` tasks about one excerpt of `lengths` lines (least, most).

    The first one is of a kind drawn in the proportions above, and the excerpt is one that fits
    it; the others are of such kinds as fit the excerpt too.
    """
    kinds, weights = list(MAKERS), [weight for weight, _ in MAKERS.values()]
    while True:
        first, *others = random_source.choices(kinds, weights, k=size)
        if drawn := _draw_fitting(first, corpus, random_source, lengths):
            excerpt, task = drawn
            more = (make_task(kind, excerpt, random_source) for kind in others)
            return [task, *(other for other in more if other)]


def make_task(kind: str, excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Return a task of a kind about an excerpt, or None where it does not fit."""
    task = MAKERS[kind][1](excerpt, random_source)
    return task if task and (task.original != task.edited or kind == "nothing") else None


def draw_task(kind: str, corpus: Corpus, random_source: random.Random, lengths: tuple[int, int]) -> Task | None:
    """Return one task of a kind; excerpts that it does not fit are passed over."""
    drawn = _draw_fitting(kind, corpus, random_source, lengths)
    return drawn[1] if drawn else None


def _draw_fitting(
    kind: str, corpus: Corpus, random_source: random.Random, lengths: tuple[int, int]
) -> tuple[Excerpt, Task] | None:
    for _ in range(ATTEMPTS):
        excerpt = draw_excerpt(corpus, random_source, *lengths)
        task = make_task(kind, excerpt, random_source) if excerpt else None
        if task:
            return excerpt, task
    return None
