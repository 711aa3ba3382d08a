"""What can be read off source lines without a parser: functions, blocks, names, literals."""

import keyword
import random
import re
from dataclasses import dataclass

from training.code_text import code_lines
from training.languages import Language

IDENTIFIER = re.compile(r"\b[A-Za-z_]\w{2,}\b")
LITERAL = re.compile(
    # Behind a colon stands a type or a value, not what it is given to.
    r"(?<!: )(?<!:)\b(?P<name>[A-Za-z_]\w*)(?P<sign>\"?\s*(?:=|:|:=)\s*)"
    r"(?P<value>\d+(?:\.\d+)?|\"[^\"\n\\]{1,30}\"|'[^'\n\\]{1,30}'|[Tt]rue|[Ff]alse)(?=[\s,;)\]}]|$)"
)
_DEFINED = re.compile(r"\b(?:def|fn|func|function)\s+(?:\([^()]*\)\s*)?(\w+)")
# What tells an identifier from a word of prose: its writing, or what follows it.
_CODE_LIKE = re.compile(r"\w[_A-Z0-9]|_")
_IN_CODE = re.compile(r"\b([A-Za-z_]\w{2,})\b(?=[(\[]|\s*:?=|\.[A-Za-z_])")
_RESERVED = (
    "const let var function return if else for while new this true false null undefined import "
    "export from default class extends async await typeof instanceof try catch finally throw "
    "switch case break continue void self super None True False type interface func package "
    "range nil err string int bool use fn pub mut impl struct enum match where static final "
    "public private protected number boolean any unknown char unsigned long float double"
).split()
RESERVED = frozenset(keyword.kwlist).union(_RESERVED)
WORDS = (
    "total count index result value item buffer offset length width limit state handler context "
    "parser token node entry payload option config target source prefix suffix cache queue worker "
    "session client request response record field column row matrix vector weight score label "
    "group user order path key message event task timer stream batch page query filter status"
).split()


@dataclass(frozen=True)
class Block:
    """A function: lines [start, end), the header is at `header`, the body follows it."""

    name: str
    start: int
    header: int
    end: int


def indentation(line: str) -> str:
    """Return the white space before the first character."""
    return line[: len(line) - len(line.lstrip())]


def is_whole(lines: list[str], start: int, end: int) -> bool:
    """Tell whether lines [start, end) can come and go without leaving half a statement behind.

    Judged by brackets and indentation: what opens in the lines closes there, nothing in them is
    further out than their first line, and what follows is not further in.
    """
    inside = [line for line in lines[start:end] if line.strip()]
    if not inside or not lines[start].strip():
        return False
    margin = len(indentation(lines[start]))
    if any(len(indentation(line)) < margin for line in inside) or _depth(inside) != 0:
        return False
    following = next((line for line in lines[end:] if line.strip()), "")
    return not following or len(indentation(following)) <= margin


def is_statement(lines: list[str], index: int) -> bool:
    """Tell whether a line is whole and not part of a list or of arguments."""
    return is_whole(lines, index, index + 1) and _depth(lines[:index], "([") == 0


def _depth(lines: list[str], opening: str = "([{") -> int:
    """Return how many brackets stay open; very many if one closes that was never opened."""
    closing = "".join({"(": ")", "[": "]", "{": "}"}[bracket] for bracket in opening)
    depth = 0
    for letter in "".join(lines):
        depth += (letter in opening) - (letter in closing)
        if depth < 0:
            return len("".join(lines))
    return depth


def functions(lines: list[str], language: Language) -> list[Block]:
    """Return the functions of a name of their own whose header is one line and whose end is in the excerpt."""
    if not language.function:
        return []
    headers = [(i, match.group(1)) for i, match in enumerate(map(language.function.match, lines)) if match]
    names, defined = [name for _, name in headers], _DEFINED.findall("\n".join(lines))
    found = []
    for header, name in headers:
        end = block_end(lines, header, language)
        # Where a bracket stays open, it is a call whose last argument is a function.
        is_only = names.count(name) == 1 and defined.count(name) <= 1
        if is_only and end and end - header >= 2 and _depth([lines[header]], "(") == 0:
            found.append(Block(name, _decorated(lines, header), header, end))
    return found


def block_end(lines: list[str], header: int, language: Language) -> int | None:
    """Return the line after a block, judged by indentation; None if it is cut off."""
    margin = indentation(lines[header])
    for index in range(header + 1, len(lines)):
        line = lines[index]
        if line.strip() and len(indentation(line)) <= len(margin):
            if language.tag == "python":
                return _without_trailing_blank(lines, header, index)
            return index + 1 if line.strip()[0] == "}" else None
    return _without_trailing_blank(lines, header, len(lines)) if language.tag == "python" else None


def _without_trailing_blank(lines: list[str], header: int, end: int) -> int:
    while end > header + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _decorated(lines: list[str], header: int) -> int:
    start = header
    while start > 0 and lines[start - 1].strip().startswith(("@", "#[")):
        start -= 1
    return start


def names_in(text: str) -> list[str]:
    """Return the distinct identifiers that are neither reserved words nor prose, sorted."""
    used = set(_IN_CODE.findall(text))
    found = {name for name in IDENTIFIER.findall(text) if name in used or _CODE_LIKE.search(name)}
    return sorted(found - RESERVED)


def new_name(random_source: random.Random, like: str) -> str:
    """Invent a name in the writing of another: snake_case, PascalCase, camelCase, UPPER."""
    words = random_source.sample(WORDS, random_source.choice([1, 2, 2, 2, 3]))
    if like.isupper():
        return "_".join(words).upper()
    if "_" in like.strip("_"):
        return "_".join(words)
    name = words[0] + "".join(word.capitalize() for word in words[1:])
    return name[0].upper() + name[1:] if like[0].isupper() else name


def new_literal(random_source: random.Random, like: str) -> str:
    """Invent a value of the same type as a literal."""
    if like[0] in "\"'":
        separator = random_source.choice(["_", "-", " ", "/"])
        return like[0] + separator.join(random_source.sample(WORDS, 2)) + like[0]
    if like[0].isdigit():
        whole = random_source.choice([0, 1, 2, 3, 5, 8, 10, 20, 30, 42, 60, 64, 100, 128, 255, 500])
        value = whole if str(whole) != like else whole + 1
        return f"{value}.5" if "." in like else str(value)
    swapped = {"true": "false", "false": "true", "True": "False", "False": "True"}
    return swapped[like]


def occurs_once(line: str, lines: list[str]) -> bool:
    """Tell whether no other line says the same, white space aside."""
    return bool(line.strip()) and sum(other.strip() == line.strip() for other in lines) == 1


def only_once(random_source: random.Random, lines: list[str], language: Language) -> int | None:
    """Return the index of a line of code that says something nobody else says."""
    found = [i for i in code_lines(lines, language) if len(lines[i].strip()) > 3 and occurs_once(lines[i], lines)]
    return random_source.choice(found) if found else None


def leaves_tidy(lines: list[str], start: int, end: int) -> bool:
    """Tell whether lines [start, end) can go without leaving blank lines at an end of the file or beside others."""
    above = lines[start - 1].strip() if start > 0 else ""
    below = lines[end].strip() if end < len(lines) else ""
    return bool(above or below)
