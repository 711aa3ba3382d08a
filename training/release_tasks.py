"""Tasks that merge a snippet of a real edit: what changed in a file between two releases."""

import random

from training.merge_tasks import shown_by_snippet
from training.recorded_edits import RecordedEdits
from training.segments import Edit
from training.tasks import Excerpt, Task

KIND = "merge-release"


def draw(
    edits: RecordedEdits, random_source: random.Random, lengths: tuple[int, int], *, torn: bool = False
) -> tuple[Excerpt, Task] | None:
    """Return a window of a file of `lengths` lines (least, most) and its task; None where the window has none."""
    recorded = edits.draw(random_source, lengths, torn=torn)
    if not recorded or not is_told_by_snippet(recorded.edit):
        return None
    excerpt = Excerpt(recorded.edit.original, recorded.language, recorded.path)
    task = shown_by_snippet(KIND, excerpt, random_source, recorded.edit)
    return (excerpt, task) if task else None


def is_told_by_snippet(edit: Edit) -> bool:
    """Tell whether no deletion lies at the margin: a missing line there could as well be one left out."""
    first, last = edit.segments[0], edit.segments[-1]
    return all(segment.after or not segment.changes for segment in (first, last)) and len(edit.segments) > 1
