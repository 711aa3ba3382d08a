"""The kinds of tasks, their proportions, and how tasks are drawn."""

import random
from collections.abc import Callable

from training import function_tasks as functions
from training import instruction_tasks as instructions
from training import merge_tasks as merges
from training import open_tasks as opens
from training import release_tasks
from training.chained_tasks import chained
from training.lookalikes import with_twins
from training.tasks import Corpus, Excerpt, Task, draw_excerpt
from training.wrap_tasks import wrap

Maker = Callable[[Excerpt, random.Random], Task | None]

# Half merges of a snippet, half instructions, and 2 % requests to change nothing.
MAKERS: dict[str, tuple[float, Maker]] = {
    "merge-insert": (12, merges.insert),
    "merge-replace": (12, merges.replace),
    "merge-delete": (14, merges.delete),
    "merge-several": (13, merges.several),
    "merge-many": (13, merges.many),
    "merge-function": (9, merges.function),
    "merge-import": (6, merges.import_and_use),
    "merge-bare": (6, merges.bare),
    "rename": (8, instructions.rename),
    "delete": (7, instructions.delete),
    "comment": (7, instructions.comment),
    "literal": (8, instructions.literal),
    "parameter": (6, functions.parameter),
    "wrap": (7, wrap),
    "add-function": (7, functions.add_function),
    "add-line": (8, instructions.add_line),
    "replace-line": (6, instructions.replace_line),
    "chained": (6, chained),
    "open-comment": (5, opens.any_comment),
    "open-docstring": (1, opens.any_docstring),
    "uncomment": (6, opens.uncomment),
    "nothing": (3, instructions.nothing),
}
# Of the first task of a group, where there are recorded edits.
RELEASE_SHARE = 0.2
TWINS_SHARE = 0.25
# An answer that begins with blank or indented lines is seldom begun right by a model that saw few of them.
TORN_SHARE = 0.2
ATTEMPTS = 300


def draw_group(corpus: Corpus, random_source: random.Random, lengths: tuple[int, int], size: int) -> list[Task]:
    """Return up to `size` tasks about one excerpt of `lengths` lines (least, most).

    The first one is of a kind drawn in the proportions above, and the excerpt is one that fits
    it; the others are of such kinds as fit the excerpt too.
    """
    kinds, weights = list(MAKERS), [weight for weight, _ in MAKERS.values()]
    while True:
        first, *others = random_source.choices(kinds, weights, k=size)
        if corpus.edits and random_source.random() < RELEASE_SHARE:
            first = release_tasks.KIND
        if drawn := _draw_fitting(first, corpus, random_source, lengths, varied=True):
            excerpt, task = drawn
            more = (make_task(kind, excerpt, random_source) for kind in others)
            return [task, *(other for other in more if other)]


def make_task(kind: str, excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Return a task of a kind about an excerpt, or None where it does not fit."""
    task = MAKERS[kind][1](excerpt, random_source)
    return task if task and (task.original != task.edited or kind == "nothing") else None


def draw_task(kind: str, corpus: Corpus, random_source: random.Random, lengths: tuple[int, int]) -> Task | None:
    """Return one task of a kind; excerpts that it does not fit are passed over."""
    drawn = _draw_fitting(kind, corpus, random_source, lengths, varied=False)
    return drawn[1] if drawn else None


def _draw_fitting(
    kind: str, corpus: Corpus, random_source: random.Random, lengths: tuple[int, int], *, varied: bool
) -> tuple[Excerpt, Task] | None:
    for _ in range(ATTEMPTS):
        torn = varied and random_source.random() < TORN_SHARE
        drawn = (
            release_tasks.draw(corpus.edits, random_source, lengths, torn=torn)
            if kind == release_tasks.KIND
            else _make(kind, draw_excerpt(corpus, random_source, *lengths, torn=torn), random_source, varied=varied)
        )
        if drawn:
            return drawn
    return None


def _make(
    kind: str, excerpt: Excerpt | None, random_source: random.Random, *, varied: bool
) -> tuple[Excerpt, Task] | None:
    if excerpt and varied and random_source.random() < TWINS_SHARE:
        excerpt = with_twins(excerpt, random_source)
    task = make_task(kind, excerpt, random_source) if excerpt else None
    return (excerpt, task) if task else None
