"""Excerpts with real edits: windows of what changed in a file between two releases."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from training.languages import Language, language_of
from training.segments import Edit, Segment, split
from training.sources import is_evaluation

# How many changes a window has at most; most commits to one file are small.
MOST_CHANGES = (1, 1, 2, 2, 3, 4, 6, 9)
BACKWARDS_SHARE = 0.4
# A change of more lines than this is a rewrite.
LONGEST_CHANGE = 40


@dataclass(frozen=True)
class RecordedEdit:
    """A window of a file with the changes in it."""

    edit: Edit
    language: Language
    path: str


class RecordedEdits:
    """The recorded edits of one split, by package."""

    def __init__(self, file: Path, *, evaluation: bool) -> None:
        self.packages: dict[str, list[dict]] = defaultdict(list)
        for line in file.open(encoding="utf-8"):
            record = json.loads(line)
            if is_evaluation(record["package"]) == evaluation:
                self.packages[record["package"]].append(record)

    def draw(
        self, random_source: random.Random, lengths: tuple[int, int], *, torn: bool = False
    ) -> RecordedEdit | None:
        """Return a window of `lengths` lines (least, most); None where the file drawn has none."""
        if not self.packages:
            return None
        names = list(self.packages)
        sizes = [len(self.packages[name]) ** 0.6 for name in names]
        record = random_source.choice(self.packages[random_source.choices(names, sizes)[0]])
        edit = split(record["before"].split("\n"), [tuple(hunk) for hunk in record["hunks"]])
        if random_source.random() < BACKWARDS_SHARE:
            edit = Edit([Segment(segment.after, segment.before) for segment in edit.segments])
        window = cut_window(edit.segments, random_source, *lengths, torn=torn)
        return RecordedEdit(window, language_of(record["path"]), record["path"]) if window else None


def cut_window(
    segments: list[Segment], random_source: random.Random, shortest: int, longest: int, *, torn: bool = False
) -> Edit | None:
    """Cut out some neighbouring changes, and lines around them to a length drawn log-uniformly.

    A torn window begins and ends at any lines, blank and indented ones too.
    """
    length = round(shortest * (longest / shortest) ** random_source.random())
    changed = [index for index, segment in enumerate(segments) if segment.changes]
    first = random_source.choice(changed)
    chosen = _neighbouring(segments, first, random_source.choice(MOST_CHANGES), length)
    if not chosen or any(max(len(s.before), len(s.after)) > LONGEST_CHANGE for s in chosen if s.changes):
        return None
    used = sum(len(segment.before) for segment in chosen)
    last = first + len(chosen) - 1
    above = segments[first - 1].before if first else []
    below = segments[last + 1].before if last + 1 < len(segments) else []
    num_above = min(len(above), random_source.randint(0, max(0, length - used)))
    num_below = min(len(below), max(0, length - used - num_above))
    head, tail = above[len(above) - num_above :], below[:num_below]
    if not torn:
        head, tail = _from_margin(head), _without_blank_end(tail)
    if not shortest <= used + len(head) + len(tail) <= longest:
        return None
    return Edit([Segment(head, head)] * bool(head) + chosen + [Segment(tail, tail)] * bool(tail))


def _neighbouring(segments: list[Segment], first: int, most: int, length: int) -> list[Segment]:
    """Return segments from a change on, as many changes as fit the length, a change last."""
    end, used, changes = first, 0, 0
    for index in range(first, len(segments)):
        used += len(segments[index].before)
        changes += segments[index].changes
        if used > length or changes > most:
            break
        if segments[index].changes:
            end = index + 1
    return segments[first:end]


def _from_margin(lines: list[str]) -> list[str]:
    """Drop lines until one stands at the margin, if that leaves half of them, and blank ones in any case."""
    start = next((index for index, line in enumerate(lines[: len(lines) // 2]) if line[:1].isalpha()), 0)
    return _without_blank_end(lines[start:][::-1])[::-1]


def _without_blank_end(lines: list[str]) -> list[str]:
    return lines[: next((end for end in range(len(lines), 0, -1) if lines[end - 1].strip()), 0)]
