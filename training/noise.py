"""Excerpts whose text is seldom what one would expect: there a model that predicts instead of copying is wrong."""

import random
import re
from collections.abc import Callable

from training.tasks import Excerpt

# Of the lines of an excerpt, drawn for each between these two.
DISTURBED_SHARES = (0.08, 0.4)
TWIN_SHARE = 0.2
# Of a line in its twins' row: tables and lists of cases are where copying slips to the next line but one.
NUM_TWINS = (1, 1, 1, 3, 6)
# Of a blank line: that it is left out, or that it stands twice.
BLANK_SHARE = 0.1
# Of an excerpt: that it begins with a blank line.
BLANK_START_SHARE = 0.15
LINE_ENDS = ("", ";", ",", ")", ");", "))", "));", "}", "},", "};", "]", "],", ":", " {", '"')
_SIGNS_AT_END = re.compile(r"[^\w\s]+\Z")
# Words, runs of one sign (a line under a heading, brackets), and spaces.
_TOKEN = re.compile(r"\w+|([^\w\s])\1*|\s+")

Disturbance = Callable[[random.Random, list[str], list[str]], list[str] | None]


def with_noise(excerpt: Excerpt, random_source: random.Random) -> Excerpt:
    """Return the excerpt with some lines disturbed, in place or in copies behind the line, and other blank lines."""
    words = sorted(set(re.findall(r"\w{2,}", "\n".join(excerpt.lines))))
    share = random_source.uniform(*DISTURBED_SHARES)
    lines = [""] if random_source.random() < BLANK_START_SHARE else []
    for line in excerpt.lines:
        if not line.strip():
            lines += [line] * (random_source.choice((0, 2)) if random_source.random() < BLANK_SHARE else 1)
        elif random_source.random() < share:
            lines += _disturbed(line, words, random_source)
        else:
            lines.append(line)
    return Excerpt(lines, excerpt.language, excerpt.path)


def _disturbed(line: str, words: list[str], random_source: random.Random) -> list[str]:
    """Return the line disturbed, or as it is with disturbed twins behind it."""
    if random_source.random() >= TWIN_SHARE:
        return [disturb(line, words, random_source)]
    twins = [disturb(line, words, random_source) for _ in range(random_source.choice(NUM_TWINS))]
    return [line, *(twin for twin in twins if twin != line)]


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


def _exchange_end(random_source: random.Random, tokens: list[str], words: list[str]) -> list[str] | None:
    """Change the signs that end the line: with the line break they are one token, and close to others of their kind."""
    text = "".join(tokens).rstrip()
    signs = _SIGNS_AT_END.search(text)
    old = signs.group() if signs else ""
    new = random_source.choice([end for end in (old[:-1], f"{old};", f"{old},", *LINE_ENDS) if end != old])
    return [text.removesuffix(old) + new]


# Whole words more than letters and signs: a run that saw many of these dropped a quotation mark of its own.
_DISTURBANCES: tuple[Disturbance, ...] = (
    _drop,
    _drop,
    _double,
    _swap,
    _swap,
    _exchange,
    _exchange,
    _exchange,
    _change_letter,
    _exchange_end,
    _exchange_end,
)
