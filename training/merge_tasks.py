"""Tasks that merge an update snippet into a file.

The convention: a marker line stands for code that stays as it is; the other lines of the
snippet replace what is between their neighbours; what lay between two adjacent lines of the
snippet and is missing there is deleted.
"""

import random
import re

from training import commit_messages, mutations, syntax
from training.segments import Edit, split
from training.snippet_styles import draw_marker, draw_style, fitted, write_snippet
from training.tasks import Excerpt, Task, join

Hunk = tuple[int, int, list[str]]
PLACES_TRIED = 8
LEAST_LINES_APART = 5


def insert(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Lines of the file are taken out of the original and given in the update."""
    hunk = _insertion(excerpt, random_source, 0, len(excerpt.lines))
    return _merge("merge-insert", excerpt, random_source, [hunk])


def replace(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """One to three lines are changed in small ways."""
    hunk = _replacement(excerpt, random_source, 0, len(excerpt.lines))
    return _merge("merge-replace", excerpt, random_source, [hunk])


def delete(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Lines go: the update shows their neighbours side by side."""
    hunk = _deletion(excerpt, random_source, 0, len(excerpt.lines))
    return _merge("merge-delete", excerpt, random_source, [hunk])


def several(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Two or three changes of any sort, in different parts of the file."""
    makers = (_insertion, _replacement, _replacement, _deletion)
    parts = random_source.choice([2, 2, 3])
    return _in_parts("merge-several", excerpt, random_source, parts, makers)


def many(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Four to six changes: places where something is to be decided, with little between them.

    An insertion is missed more often than a replacement: nothing in the original asks for it.
    """
    makers = (_insertion, _insertion, _replacement, _deletion)
    parts = random_source.choice([4, 5, 6])
    return _in_parts("merge-many", excerpt, random_source, parts, makers)


def _in_parts(kind: str, excerpt: Excerpt, random_source: random.Random, parts: int, makers) -> Task | None:
    size = len(excerpt.lines) // parts
    if size < LEAST_LINES_APART:
        return None
    hunks = [
        _persistently(random_source.choice(makers), excerpt, random_source, part * size, size) for part in range(parts)
    ]
    return _merge(kind, excerpt, random_source, hunks)


def _persistently(maker, excerpt: Excerpt, random_source: random.Random, low: int, size: int):
    """Try a few places: most are no whole statement."""
    found = (maker(excerpt, random_source, low, low + size) for _ in range(PLACES_TRIED))
    return next((hunk for hunk in found if hunk), None)


def function(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """A whole function is given anew, between markers or with nothing around it."""
    blocks = [b for b in syntax.functions(excerpt.lines, excerpt.language) if b.end - b.header > 2]
    if not blocks:
        return None
    block = random_source.choice(blocks)
    start = block.header if random_source.random() < 0.5 else block.start
    body = excerpt.lines[block.header + 1 : block.end]
    names = syntax.names_in("\n".join(excerpt.lines))
    header = excerpt.lines[start : block.header + 1]
    new = header + mutations.mutate_lines(random_source, body[:-1], names) + body[-1:]
    edited = [*excerpt.lines[:start], *new, *excerpt.lines[block.end :]]
    shown = _between_markers(excerpt, random_source, new, start > 0, block.end < len(excerpt.lines))
    return _task("merge-function", excerpt, random_source, excerpt.lines, shown, edited, block.name)


def import_and_use(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """An import and the first line that uses it are both new."""
    pattern = excerpt.language.import_line
    imports = [i for i, line in enumerate(excerpt.lines) if pattern and pattern.match(line)]
    random_source.shuffle(imports)
    for index in imports:
        name = re.findall(r"\w+", excerpt.lines[index].split(" from '")[0].split(' from "')[0])[-1]
        uses = [
            i
            for i in range(index + 2, len(excerpt.lines))
            if re.search(rf"\b{name}\b", excerpt.lines[i]) and i not in imports
        ]
        if uses:
            width = random_source.choice([1, 1, 2, 3])
            kept = [(index, index + 1), (uses[0], min(uses[0] + width, len(excerpt.lines)))]
            hunks = [_held_out(excerpt, low, high) for low, high in kept]
            return _merge("merge-import", excerpt, random_source, hunks)
    return None


def bare(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """An assignment or a header without any context: its name says which line it replaces."""
    named = re.compile(r"\s*(?:(?:export |const |let |var |final |static |self\.)+)?(\w+)\s*:?=\s")
    heads = {i: m.group() for i, line in enumerate(excerpt.lines) if (m := named.match(line))}
    single = [i for i, head in heads.items() if list(heads.values()).count(head) == 1]
    if not single:
        return None
    index = random_source.choice(single)
    line, head = excerpt.lines[index], heads[index]
    names = syntax.names_in("\n".join(excerpt.lines))
    changed = mutations.mutate_line(random_source, line[len(head) :], names)
    if not changed:
        return None
    new = head + changed
    edited = [*excerpt.lines[:index], new, *excerpt.lines[index + 1 :]]
    shown = _between_markers(excerpt, random_source, [new], index > 0, True)
    return _task("merge-bare", excerpt, random_source, excerpt.lines, shown, edited, "")


def _insertion(excerpt: Excerpt, random_source: random.Random, low: int, high: int) -> Hunk | None:
    """Hold out a few lines, or a whole block, of the part [low, high)."""
    start = random_source.randrange(low, high)
    end = start + random_source.choice([1, 1, 2, 2, 3, 4, 6, 9])
    if random_source.random() < 0.4:
        end = syntax.block_end(excerpt.lines, start, excerpt.language) or end
    if end > high or (end - start) * 2 > len(excerpt.lines):
        return None
    if not syntax.is_whole(excerpt.lines, start, end):
        return None
    return _held_out(excerpt, start, end)


def _held_out(excerpt: Excerpt, low: int, high: int) -> Hunk:
    """Mark lines that the original lacks: a hunk with no old lines, see `_merge`."""
    return low, high, excerpt.lines[low:high]


def _replacement(excerpt: Excerpt, random_source: random.Random, low: int, high: int) -> Hunk | None:
    start = random_source.randrange(low, high)
    end = min(high, start + random_source.choice([1, 1, 1, 2, 2, 3]))
    names = syntax.names_in("\n".join(excerpt.lines))
    old = excerpt.lines[start:end]
    changed = [mutations.mutate_line(random_source, line, names) or line for line in old]
    if changed != old and random_source.random() < 0.25:
        extra = random_source.randrange(len(excerpt.lines))
        margin = syntax.indentation(old[-1])
        if syntax.is_statement(excerpt.lines, extra) and syntax.is_whole(excerpt.lines, start, end):
            changed = [*changed, margin + excerpt.lines[extra].strip()]
    return (start, end, changed) if changed != old else None


def _deletion(excerpt: Excerpt, random_source: random.Random, low: int, high: int) -> Hunk | None:
    start = random_source.randrange(low, high)
    end = start + random_source.choice([1, 1, 2, 3, 4, 6])
    if random_source.random() < 0.4:
        end = syntax.block_end(excerpt.lines, start, excerpt.language) or end
    # At the margin of a file a missing line could as well be one left out.
    is_inside = 0 < start < end <= high and end < len(excerpt.lines)
    if not is_inside or (end - start) * 2 > len(excerpt.lines):
        return None
    return (start, end, []) if syntax.is_whole(excerpt.lines, start, end) else None


def _merge(kind: str, excerpt: Excerpt, random_source: random.Random, hunks: list[Hunk | None]) -> Task | None:
    """Turn hunks into a task; None if one is missing or could be placed in two ways."""
    if any(hunk is None for hunk in hunks):
        return None
    return shown_by_snippet(kind, excerpt, random_source, _edit_of(excerpt.lines, hunks))


def shown_by_snippet(kind: str, excerpt: Excerpt, random_source: random.Random, edit: Edit) -> Task | None:
    """Return the task of an edit that a snippet shows; None if a change could be placed in two ways."""
    style = fitted(draw_style(random_source, excerpt.language), edit, excerpt.language)
    if not style:
        return None
    update = write_snippet(edit, excerpt.language, style)
    return _task(kind, excerpt, random_source, edit.original, update, edit.edited, "")


def _edit_of(lines: list[str], hunks: list[Hunk]) -> Edit:
    """Build the edit; lines that a hunk leaves as they are were held out of the original."""
    edit = split(lines, hunks)
    held = {id(new) for low, high, new in hunks if new == lines[low:high]}
    segments = [type(segment)([], segment.after) if id(segment.after) in held else segment for segment in edit.segments]
    return Edit(segments)


def _between_markers(
    excerpt: Excerpt, random_source: random.Random, new: list[str], before: bool, after: bool
) -> list[str]:
    if random_source.random() < 0.4:
        return new
    marker = draw_marker(random_source, excerpt.language)
    if random_source.random() < 0.5:
        marker = syntax.indentation(new[0]) + marker
    return [marker] * before + new + [marker] * after


def _task(kind, excerpt, random_source, original, shown, edited, name: str) -> Task:
    return Task(
        kind=kind,
        original=join(original),
        instruction=commit_messages.for_merge(random_source, kind, name, shown),
        update=join(shown),
        edited=join(edited),
        language=excerpt.language.tag,
        path=excerpt.path,
    )
