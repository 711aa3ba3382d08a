"""Tasks with an instruction alone, worded so that only one answer is right."""

import random
import re

from training import function_tasks, mutations, phrases, syntax
from training.code_text import is_code_alone
from training.tasks import Excerpt, Task, instructed, with_lines

_VERBS = (
    "Handle",
    "Compute",
    "Check",
    "Update",
    "Return",
    "Prepare",
    "Keep",
    "Load",
    "Find",
    "Merge",
)


def rename(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Rename an identifier that stands in code alone, so that nobody need ask whether a word is meant."""
    text = "\n".join(excerpt.lines)
    counts = {name: len(re.findall(rf"\b{name}\b", text)) for name in syntax.names_in(text)}
    language = excerpt.language
    names = [name for name, count in counts.items() if 1 <= count <= 10 and is_code_alone(name, text, language)]
    repeated = [name for name in names if counts[name] > 1]
    if not names:
        return None
    old = random_source.choice(repeated if repeated and random_source.random() < 0.8 else names)
    new = syntax.new_name(random_source, old)
    if new in counts:
        return None
    edited = [re.sub(rf"\b{old}\b", new, line) for line in excerpt.lines]
    return instructed("rename", excerpt, random_source, phrases.RENAME, edited, old=old, new=new)


def delete(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Delete a line that is quoted, or a function that is named."""
    blocks = syntax.functions(excerpt.lines, excerpt.language)
    if blocks and len(excerpt.lines) > 8 and random_source.random() < 0.4:
        return function_tasks.delete(excerpt, random_source, random_source.choice(blocks))
    index = syntax.only_once(random_source, excerpt.lines, excerpt.language)
    if index is None or not syntax.is_whole(excerpt.lines, index, index + 1):
        return None
    if not syntax.leaves_tidy(excerpt.lines, index, index + 1):
        return None
    edited = excerpt.lines[:index] + excerpt.lines[index + 1 :]
    line = excerpt.lines[index].strip()
    return instructed("delete", excerpt, random_source, phrases.DELETE_LINE, edited, line=line)


def comment(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Add a comment above a line or a function, or a docstring, word for word."""
    text = _sentence(random_source)
    blocks = syntax.functions(excerpt.lines, excerpt.language)
    if blocks and random_source.random() < 0.5:
        return function_tasks.comment(excerpt, random_source, random_source.choice(blocks), text)
    index = syntax.only_once(random_source, excerpt.lines, excerpt.language)
    if index is None:
        return None
    line = excerpt.lines[index]
    edited = with_lines(excerpt, index, [syntax.indentation(line) + excerpt.language.comment(text)])
    parts = {"text": text, "line": line.strip()}
    return instructed("comment", excerpt, random_source, phrases.COMMENT, edited, **parts)


def literal(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Give a name that is assigned once another value."""
    found = [(i, m) for i, line in enumerate(excerpt.lines) for m in syntax.LITERAL.finditer(line)]
    names = [match["name"] for _, match in found]
    single = [(i, m) for i, m in found if names.count(m["name"]) == 1 and _is_set_once(m["name"], excerpt.lines)]
    if not single:
        return None
    index, match = random_source.choice(single)
    value = syntax.new_literal(random_source, match["value"])
    line = excerpt.lines[index]
    new = line[: match.start("value")] + value + line[match.end("value") :]
    edited = with_lines(excerpt, index, [new], replaced=1)
    parts = {"name": match["name"], "value": value, "old": match["value"]}
    return instructed("literal", excerpt, random_source, phrases.LITERAL, edited, **parts)


def _is_set_once(name: str, lines: list[str]) -> bool:
    setting = re.compile(rf"\b{name}\b[\"']?\s*(?::=|[:=](?!=))")
    return sum(len(setting.findall(line)) for line in lines) == 1


def add_line(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Add a line that is quoted, beside a line that is quoted or first in a function."""
    lines = excerpt.lines
    index = syntax.only_once(random_source, lines, excerpt.language)
    if index is None or len(lines) < 5 or not syntax.is_whole(lines, index, index + 1):
        return None
    original = lines[:index] + lines[index + 1 :]
    given = Excerpt(original, excerpt.language, excerpt.path)
    new = lines[index].strip()
    blocks = [b for b in syntax.functions(lines, excerpt.language) if b.header == index - 1]
    if blocks and "`" not in new:
        parts = {"name": blocks[0].name, "new": new}
        return instructed("add-line", given, random_source, phrases.ADD_FIRST, lines, **parts)
    after = random_source.random() < 0.6
    beside = index - 1 if after else index
    if not 0 <= beside < len(original) or not syntax.occurs_once(original[beside], original):
        return None
    # The quotation drops the indentation, so the neighbour must tell it.
    if syntax.indentation(original[beside]) != syntax.indentation(lines[index]):
        return None
    wordings = phrases.ADD_AFTER if after else phrases.ADD_BEFORE
    parts = {"line": original[beside].strip(), "new": new}
    return instructed("add-line", given, random_source, wordings, lines, **parts)


def replace_line(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Replace a line that is quoted; now and then, sort the imports instead."""
    if random_source.random() < 0.06:
        return _sort_imports(excerpt, random_source)
    index = syntax.only_once(random_source, excerpt.lines, excerpt.language)
    names = syntax.names_in("\n".join(excerpt.lines))
    old = excerpt.lines[index] if index is not None else ""
    new = mutations.mutate_line(random_source, old, names)
    if not new:
        return None
    edited = with_lines(excerpt, index, [new], replaced=1)
    parts = {"line": old.strip(), "new": new.strip()}
    return instructed("replace-line", excerpt, random_source, phrases.REPLACE, edited, **parts)


def _sort_imports(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    pattern = excerpt.language.import_line
    found = [i for i, line in enumerate(excerpt.lines) if pattern and pattern.match(line)]
    if len(found) < 3 or found[-1] - found[0] != len(found) - 1:
        return None
    block = [excerpt.lines[i] for i in found]
    shuffled = random_source.sample(block, len(block))
    original = [*excerpt.lines[: found[0]], *shuffled, *excerpt.lines[found[-1] + 1 :]]
    given = Excerpt(original, excerpt.language, excerpt.path)
    edited = [*excerpt.lines[: found[0]], *sorted(block), *excerpt.lines[found[-1] + 1 :]]
    return instructed("replace-line", given, random_source, phrases.SORT, edited)


def nothing(excerpt: Excerpt, random_source: random.Random) -> Task:
    """Ask for the file as it is."""
    return instructed("nothing", excerpt, random_source, phrases.NOTHING, excerpt.lines)


def _sentence(random_source: random.Random) -> str:
    text = random_source.choice(_VERBS) + " the " + " ".join(random_source.sample(syntax.WORDS, 2))
    tail = random_source.choice(["", "", ".", " first", " only once", " before use.", " if needed"])
    return text + tail
