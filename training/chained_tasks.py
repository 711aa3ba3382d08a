"""Tasks with several instructions at once: more is to be decided in them than in single ones."""

import random
from collections.abc import Callable
from dataclasses import replace

from training import function_tasks as functions
from training import instruction_tasks as instructions
from training.tasks import Excerpt, Task, join
from training.wrap_tasks import wrap

Maker = Callable[[Excerpt, random.Random], Task | None]

# These change what is there, so that they go behind the others.
CHANGES: tuple[Maker, ...] = (
    instructions.delete,
    instructions.comment,
    instructions.literal,
    instructions.replace_line,
    functions.parameter,
    wrap,
)
# These take out what is there and ask for it, so that they go before the others.
ADDITIONS: tuple[Maker, ...] = (instructions.add_line, functions.add_function)
ADDITION_SHARE, RENAME_SHARE = 0.35, 0.2
ATTEMPTS = 12


def chained(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Two to four instructions, to be followed one after the other."""
    wanted = random_source.choice([2, 2, 3, 3, 4])
    tasks: list[Task] = []
    for _ in range(ATTEMPTS):
        if len(tasks) < wanted:
            tasks = _longer(tasks, excerpt, random_source)
    # A line that is quoted should be found in the original, so a rename comes last.
    if random_source.random() < RENAME_SHARE:
        tasks = _append(tasks, instructions.rename, excerpt, random_source)
    if len(tasks) < 2:
        return None
    instruction = _list([task.instruction for task in tasks], random_source)
    return replace(tasks[0], kind="chained", instruction=instruction, edited=tasks[-1].edited)


def _longer(tasks: list[Task], excerpt: Excerpt, random_source: random.Random) -> list[Task]:
    """Return the tasks and one more, or as they are where it does not fit."""
    if random_source.random() < ADDITION_SHARE:
        return _prepend(tasks, random_source.choice(ADDITIONS), excerpt, random_source)
    return _append(tasks, random_source.choice(CHANGES), excerpt, random_source)


def _append(tasks: list[Task], maker: Maker, excerpt: Excerpt, random_source: random.Random) -> list[Task]:
    last = tasks[-1].edited if tasks else join(excerpt.lines)
    task = maker(replace(excerpt, lines=_lines(last)), random_source)
    return [*tasks, task] if task and task.original == last else tasks


def _prepend(tasks: list[Task], maker: Maker, excerpt: Excerpt, random_source: random.Random) -> list[Task]:
    first = tasks[0].original if tasks else join(excerpt.lines)
    task = maker(replace(excerpt, lines=_lines(first)), random_source)
    return [task, *tasks] if task and task.edited == first else tasks


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _list(sentences: list[str], random_source: random.Random) -> str:
    """Write one below the other, at times numbered or with dashes."""
    style = random_source.choice(["{0}", "{0}", "{1}. {0}", "- {0}"])
    return "\n".join(style.format(text, i) for i, text in enumerate(sentences, start=1))
