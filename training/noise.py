"""Excerpts whose text is seldom what one would expect: there a model that predicts instead of copying is wrong."""

import random
import re
from collections.abc import Callable

from training.tasks import Excerpt

# Of the lines of an excerpt, drawn for each between these two.
DISTURBED_SHARES = (0.08, 0.4)
TWIN_SHARE = 0.2
# Words, runs of one sign (a line under a heading, brackets), and spaces.
_TOKEN = re.compile(r"\w+|([^\w\s])\1*|\s+")

Disturbance = Callable[[random.Random, list[str], list[str]], list[str] | None]


def with_noise(excerpt: Excerpt, random_source: random.Random) -> Excerpt:
    """Return the excerpt with some lines disturbed, in place or in a copy behind the line."""
    words = sorted(set(re.findall(r"\w{2,}", "\n".join(excerpt.lines))))
    share = random_source.uniform(*DISTURBED_SHARES)
    lines: list[str] = []
    for line in excerpt.lines:
        disturbed = disturb(line, words, random_source) if random_source.random() < share else line
        is_twin = disturbed != line and random_source.random() < TWIN_SHARE
        lines += [line, disturbed] if is_twin else [disturbed]
    return Excerpt(lines, excerpt.language, excerpt.path)


def disturb(line: str, words: list[str], random_source: random.Random) -> str:
    """Return a line with one token dropped, doubled, exchanged or changed; indentation and blank lines stay."""
    indentation = line[: len(line) - len(line.lstrip())]
    tokens = [match.group() for match in _TOKEN.finditer(line[len(indentation) :])]
    changed = random_source.choice(_DISTURBANCES)(random_source, tokens, words) if tokens else None
    text = "".join(changed or [])
    return indentation + text if text.strip() else line


def _drop(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    index = random_source.randrange(len(tokens))
    return tokens[:index] + tokens[index + 1 :]


def _double(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    start = random_source.randrange(len(tokens))
    end = min(len(tokens), start + random_source.randint(1, 3))
    return tokens[:end] + tokens[start:]


def _swap(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    places = _word_places(tokens)
    if len(places) < 2:
        return None
    first, second = random_source.sample(places, 2)
    swapped = list(tokens)
    swapped[first], swapped[second] = tokens[second], tokens[first]
    return swapped


def _exchange(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    places = _word_places(tokens)
    if not places or not words:
        return None
    index = random_source.choice(places)
    return [*tokens[:index], random_source.choice(words), *tokens[index + 1 :]]


def _word_places(tokens: list[str]) -> list[int]:
    return [index for index, token in enumerate(tokens) if token[0].isalnum()]


def _change_letter(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    """Drop or double a letter, a digit or a sign: a plural, the length of a line of signs."""
    index = random_source.choice([index for index, token in enumerate(tokens) if not token.isspace()])
    token = tokens[index]
    place = random_source.randrange(len(token))
    changed = token[:place] + token[place] * random_source.choice((0, 2)) + token[place + 1 :]
    return [*tokens[:index], changed, *tokens[index + 1 :]]


def _end(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    return [*tokens, random_source.choice((" ", ";", ",", ")", "}", " ...", '"', "s"))]


_DISTURBANCES: tuple[Disturbance, ...] = (
    _drop,
    _drop,
    _double,
    _swap,
    _exchange,
    _exchange,
    _change_letter,
    _change_letter,
    _end,
)
