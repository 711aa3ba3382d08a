"""Update snippets as people and models write them: how much of the file is shown, and how the rest is marked."""

import random
from dataclasses import dataclass, replace

from training import syntax
from training.languages import MARKER, Language
from training.segments import Edit, stands_once

MARKERS = (
    "...", "…", "... rest of the code ...", "... rest of code unchanged ...", "... unchanged ...", "... existing code",
    "... (existing code) ...", "... other code ...", "rest of the file stays the same ...", "... same as before ...",
    "... keep existing code ...", "... previous code ...", "... remaining code unchanged ...", "Existing code ...",
)  # fmt: skip
OWN_MARKER_SHARE = 0.6
CONTEXTS = (1, 1, 2, 2, 2, 3, 3, 4, 5)
# More context than this does not make a place clear either.
MAX_CONTEXT = 6
LONGEST_FUNCTION = 40


@dataclass(frozen=True)
class SnippetStyle:
    """How a snippet shows an edit.

    `above` and `below` are the lines shown on either side of a change. `shows_functions` shows the
    whole function around a change. `indents` gives a marker the indentation of its neighbour.
    `marks_edges` marks what is left out at both ends. `dedents` moves the snippet to the margin.
    """

    above: int
    below: int
    marker: str
    shows_functions: bool = False
    indents: bool = False
    marks_edges: bool = True
    spaces_markers: bool = False
    dedents: bool = False


def draw_style(random_source: random.Random, language: Language) -> SnippetStyle:
    """Draw a style; the usual one is the commonest."""
    above = random_source.choice(CONTEXTS)
    return SnippetStyle(
        above=above,
        below=above if random_source.random() < 0.7 else random_source.choice(CONTEXTS),
        marker=draw_marker(random_source, language),
        shows_functions=random_source.random() < 0.15,
        indents=random_source.random() < 0.5,
        marks_edges=random_source.random() < 0.8,
        spaces_markers=random_source.random() < 0.1,
        dedents=random_source.random() < 0.08,
    )


def draw_marker(random_source: random.Random, language: Language) -> str:
    """Draw a spelling of the line that stands for code left out."""
    is_own = random_source.random() < OWN_MARKER_SHARE
    return language.comment(MARKER if is_own else random_source.choice(MARKERS))


def fitted(style: SnippetStyle, edit: Edit, language: Language) -> SnippetStyle | None:
    """Return the style with as much context as makes every change's place clear; None if none does."""
    # Neighbours side by side are all that shows a deletion.
    least = 2 if any(segment.changes and not segment.after for segment in edit.segments) else 1
    for more in range(MAX_CONTEXT):
        above, below = max(least, style.above + more), max(least, style.below + more)
        wider = replace(style, above=above, below=below)
        if is_placeable(edit, shown_lines(edit, language, wider)):
            return wider
    return None


def shown_lines(edit: Edit, language: Language, style: SnippetStyle) -> list[bool]:
    """Tell for every line after the edit whether the snippet shows it."""
    lines = edit.edited
    shown = [False] * len(lines)
    blocks = syntax.functions(lines, language) if style.shows_functions else []
    position = 0
    for segment in edit.segments:
        low, high = position, position + len(segment.after)
        position = high
        if segment.changes:
            around = [(b.start, b.end) for b in blocks if b.start <= low and high <= b.end]
            spans = [(s, e) for s, e in around if e - s <= LONGEST_FUNCTION] + [(low - style.above, high + style.below)]
            for start, end in spans:
                start, end = max(0, start), min(len(lines), end)
                shown[start:end] = [True] * (end - start)
    return _without_single_gaps(shown)


def _without_single_gaps(shown: list[bool]) -> list[bool]:
    # A marker in place of a single line would be no shorter than the line.
    last = len(shown) - 1
    return [
        is_shown or ((shown[index - 1] if index else True) and (shown[index + 1] if index < last else True))
        for index, is_shown in enumerate(shown)
    ]


def is_placeable(edit: Edit, shown: list[bool]) -> bool:
    """Tell whether the unchanged lines shown above or below each change stand in the original once."""
    original, position = edit.original, 0
    segments = edit.segments
    for index, segment in enumerate(segments):
        low, high = position, position + len(segment.after)
        position = high
        if not segment.changes:
            continue
        above = segments[index - 1].after if index else []
        below = segments[index + 1].after if index + 1 < len(segments) else []
        seen_above = above[len(above) - _run(shown[low - len(above) : low][::-1]) :]
        seen_below = below[: _run(shown[high : high + len(below)])]
        if not (stands_once(seen_above, original) or stands_once(seen_below, original)):
            return False
    return True


def _run(flags: list[bool]) -> int:
    return flags.index(False) if False in flags else len(flags)


def write_snippet(edit: Edit, language: Language, style: SnippetStyle) -> list[str]:
    """Return the snippet's lines: what is shown, and a marker for every gap."""
    lines, shown = edit.edited, shown_lines(edit, language, style)
    margin = common_indentation([line for line, is_shown in zip(lines, shown, strict=True) if is_shown])
    lines = [line.removeprefix(margin) for line in lines] if style.dedents else lines
    written: list[str] = []
    for index, line in enumerate(lines):
        if shown[index]:
            written.append(line)
        elif index == 0 or shown[index - 1]:
            end = next((i for i in range(index, len(lines)) if shown[i]), len(lines))
            if style.marks_edges or (index > 0 and end < len(lines)):
                written += _mark(style, lines[end] if end < len(lines) else lines[index - 1])
    return written


def _mark(style: SnippetStyle, neighbour: str) -> list[str]:
    marker = (syntax.indentation(neighbour) if style.indents else "") + style.marker
    return ["", marker, ""] if style.spaces_markers else [marker]


def common_indentation(lines: list[str]) -> str:
    """Return the white space that every line with text begins with."""
    margins = [syntax.indentation(line) for line in lines if line.strip()]
    shortest = min(margins, key=len, default="")
    return shortest if all(margin.startswith(shortest) for margin in margins) else ""
