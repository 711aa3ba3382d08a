"""Tasks about comments. To most of them any reasonable answer is right; the one learnt from is what people wrote."""

import random
import re

from training import phrases, syntax
from training.tasks import Excerpt, Task, instructed

SHORTEST_COMMENT, LONGEST_COMMENT = 10, 90
_DIRECTIVE = re.compile(
    r"eslint|noqa|type:|pragma|pylint|prettier|@ts-|istanbul|c8 |v8 |nolint|go:|!|region|mypy|sourceMapping|https?:"
    r"|copyright|licen[cs]e|-{4}|={4}|\*{4}",
    re.IGNORECASE,
)
_DOCSTRING = re.compile(r'\s+"""[^"\\]{8,90}"""$')


def any_comment(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Ask for a comment; the one that is learnt stood there."""
    lines = excerpt.lines
    found = [i for i in range(1, len(lines) - 1) if _is_single_comment(excerpt, i)]
    if not found:
        return None
    index = random_source.choice(found)
    given = Excerpt(lines[:index] + lines[index + 1 :], excerpt.language, excerpt.path)
    names = [block.name for block in syntax.functions(given.lines, given.language) if block.start == index]
    if names and random_source.random() < 0.5:
        return instructed("open-comment", given, random_source, phrases.ANY_COMMENT_FUNCTION, lines, name=names[0])
    return instructed("open-comment", given, random_source, phrases.ANY_COMMENT, lines)


def _is_single_comment(excerpt: Excerpt, index: int) -> bool:
    above, line, below = excerpt.lines[index - 1 : index + 2]
    text = line.strip()
    is_text = SHORTEST_COMMENT <= len(text) <= LONGEST_COMMENT and not _DIRECTIVE.search(text)
    alone = not is_comment(excerpt, above) and bool(below.strip()) and not is_comment(excerpt, below)
    return is_comment(excerpt, line) and is_text and alone


def is_comment(excerpt: Excerpt, line: str) -> bool:
    """Tell whether a line is nothing but a comment."""
    text, language = line.strip(), excerpt.language
    return text.startswith(language.comment_open) and text.endswith(language.comment_close)


def any_docstring(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Ask for a docstring; the one that is learnt stood there."""
    lines = excerpt.lines
    blocks = syntax.functions(lines, excerpt.language) if excerpt.language.tag == "python" else []
    found = [b for b in blocks if b.end - b.header > 2 and _DOCSTRING.match(lines[b.header + 1])]
    if not found:
        return None
    block = random_source.choice(found)
    original = lines[: block.header + 1] + lines[block.header + 2 :]
    given = Excerpt(original, excerpt.language, excerpt.path)
    return instructed("open-docstring", given, random_source, phrases.ANY_DOCSTRING, lines, name=block.name)


def uncomment(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Remove every line that is nothing but a comment: the one kind here with one right answer."""
    text = "\n".join(excerpt.lines)
    # Inside of longer comments and texts, a line only looks like a comment.
    if any(mark in text for mark in ("/*", '"""', "'''", "`", "<!--")):
        return None
    comments = [index for index, line in enumerate(excerpt.lines) if is_comment(excerpt, line)]
    if not 0 < len(comments) <= len(excerpt.lines) / 2 or not _leaves_tidy(excerpt.lines, comments):
        return None
    # What a program reads is a comment to nobody else.
    if any(_DIRECTIVE.search(excerpt.lines[index]) for index in comments):
        return None
    edited = [line for index, line in enumerate(excerpt.lines) if index not in comments]
    return instructed("uncomment", excerpt, random_source, phrases.UNCOMMENT, edited)


def _leaves_tidy(lines: list[str], gone: list[int]) -> bool:
    starts = [index for index in gone if index - 1 not in gone]
    ends = [index + 1 for index in gone if index + 1 not in gone]
    return all(syntax.leaves_tidy(lines, start, end) for start, end in zip(starts, ends, strict=True))
