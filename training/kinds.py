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
from training.noise import with_noise
from training.tasks import Corpus, Excerpt, Task, draw_excerpt
from training.wrap_tasks import wrap

Maker = Callable[[Excerpt, random.Random], Task | None]

# Two thirds merges of a snippet, a third instructions, and 3 % requests to change nothing: of groups without noise.
MAKERS: dict[str, tuple[float, Maker]] = {
    "merge-insert": (15, merges.insert),
    "merge-replace": (15, merges.replace),
    "merge-delete": (17, merges.delete),
    "merge-several": (19, merges.several),
    "merge-many": (19, merges.many),
    "merge-function": (11, merges.function),
    "merge-import": (7, merges.import_and_use),
    "merge-bare": (7, merges.bare),
    "rename": (5, instructions.rename),
    "delete": (4, instructions.delete),
    "comment": (4, instructions.comment),
    "literal": (5, instructions.literal),
    "parameter": (4, functions.parameter),
    "wrap": (4, wrap),
    "add-function": (4, functions.add_function),
    "add-line": (5, instructions.add_line),
    "replace-line": (4, instructions.replace_line),
    "chained": (4, chained),
    "open-comment": (4, opens.any_comment),
    "open-docstring": (1, opens.any_docstring),
    "uncomment": (4, opens.uncomment),
    "nothing": (5, instructions.nothing),
}
# What an instruction means in disturbed text would not always be clear: of that, only these are made.
COPYING = [kind for kind in MAKERS if kind == "nothing" or kind.startswith("merge-")]
# Of the first task of a group, where there are recorded edits.
RELEASE_SHARE = 0.3
TWINS_SHARE = 0.4
# An answer that begins with blank or indented lines is seldom begun right by a model that saw few of them.
TORN_SHARE = 0.4
# Where the text is what a model would write anyway, copying and predicting give the same, and it learns either.
NOISY_SHARE = 0.45
ATTEMPTS = 300


def draw_group(corpus: Corpus, random_source: random.Random, lengths: tuple[int, int], size: int) -> list[Task]:
    """Return up to `size` tasks about one excerpt of `lengths` lines (least, most).

    The first one is of a kind drawn in the proportions above, and the excerpt is one that fits
    it; the others are of such kinds as fit the excerpt too.
    """
    while True:
        noisy = random_source.random() < NOISY_SHARE
        kinds = COPYING if noisy else list(MAKERS)
        first, *others = random_source.choices(kinds, [MAKERS[kind][0] for kind in kinds], k=size)
        if corpus.edits and not noisy and random_source.random() < RELEASE_SHARE:
            first = release_tasks.KIND
        if drawn := _draw_fitting(first, corpus, random_source, lengths, varied=True, noisy=noisy):
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
    kind: str,
    corpus: Corpus,
    random_source: random.Random,
    lengths: tuple[int, int],
    *,
    varied: bool,
    noisy: bool = False,
) -> tuple[Excerpt, Task] | None:
    for _ in range(ATTEMPTS):
        torn = varied and random_source.random() < TORN_SHARE
        if kind == release_tasks.KIND:
            drawn = release_tasks.draw(corpus.edits, random_source, lengths, torn=torn)
        else:
            excerpt = draw_excerpt(corpus, random_source, *lengths, torn=torn)
            drawn = _make(kind, excerpt, random_source, varied=varied, noisy=noisy)
        if drawn:
            return drawn
    return None


def _make(
    kind: str, excerpt: Excerpt | None, random_source: random.Random, *, varied: bool, noisy: bool
) -> tuple[Excerpt, Task] | None:
    if not excerpt:
        return None
    if varied and random_source.random() < TWINS_SHARE:
        excerpt = with_twins(excerpt, random_source)
    if noisy:
        excerpt = with_noise(excerpt, random_source)
    task = make_task(kind, excerpt, random_source)
    return (excerpt, task) if task else None
