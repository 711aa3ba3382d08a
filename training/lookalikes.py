"""Excerpts full of look-alike places: there copying goes on at the wrong one."""

import random
import re

from training import mutations, syntax
from training.tasks import Excerpt

LONGEST_FUNCTION, LONGEST_STATEMENTS = 20, 5
CHANGED_LINES_SHARE = 0.25
ATTEMPTS = 10


def with_twins(excerpt: Excerpt, random_source: random.Random) -> Excerpt:
    """Return the excerpt with near copies of one of its functions, or of some statements, behind the first."""
    blocks = syntax.functions(excerpt.lines, excerpt.language)
    short = [block for block in blocks if block.end - block.start <= LONGEST_FUNCTION]
    copies = random_source.choice((1, 1, 2, 3))
    if short and random_source.random() < 0.7:
        block = random_source.choice(short)
        twins = [line for _ in range(copies) for line in ("", *_function_twin(excerpt, random_source, block))]
        return _inserted(excerpt, block.end, twins)
    span = _statements(excerpt, random_source)
    if not span:
        return excerpt
    old = excerpt.lines[span[0] : span[1]]
    twins = [line for _ in range(copies) for line in _twin(excerpt, random_source, old)]
    return _inserted(excerpt, span[1], twins)


def _inserted(excerpt: Excerpt, index: int, lines: list[str]) -> Excerpt:
    return Excerpt([*excerpt.lines[:index], *lines, *excerpt.lines[index:]], excerpt.language, excerpt.path)


def _function_twin(excerpt: Excerpt, random_source: random.Random, block: syntax.Block) -> list[str]:
    name = syntax.new_name(random_source, block.name)
    named = [re.sub(rf"\b{block.name}\b", name, line) for line in excerpt.lines[block.start : block.end]]
    head = block.header + 1 - block.start
    return named[:head] + _twin(excerpt, random_source, named[head:])


def _twin(excerpt: Excerpt, random_source: random.Random, lines: list[str]) -> list[str]:
    names = syntax.names_in("\n".join(excerpt.lines))
    return [
        (random_source.random() < CHANGED_LINES_SHARE and mutations.mutate_line(random_source, line, names)) or line
        for line in lines
    ]


def _statements(excerpt: Excerpt, random_source: random.Random) -> tuple[int, int] | None:
    for _ in range(ATTEMPTS):
        start = random_source.randrange(len(excerpt.lines))
        end = min(len(excerpt.lines), start + random_source.randint(1, LONGEST_STATEMENTS))
        if syntax.is_whole(excerpt.lines, start, end) and syntax.is_statement(excerpt.lines, start):
            return start, end
    return None
