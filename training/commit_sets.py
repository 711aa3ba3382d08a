"""Evaluation sets of real commits: files that training must never see, each edit shown by the usual snippet."""

import json
import random
from pathlib import Path

from training.languages import MARKER, language_of
from training.recorded_edits import cut_window
from training.release_tasks import is_told_by_snippet
from training.releases import hunks_between
from training.segments import Edit, split
from training.snippet_styles import SnippetStyle, is_placeable, shown_lines, write_snippet
from training.tasks import Task, join

KIND = "commit"
CONTEXT = 2
# The most lines of each set's files, and the least.
LENGTHS = {60: 12, 120: 61, 250: 121}
WINDOWS_TRIED = 20


def read_commits(file: Path) -> list[dict]:
    """Read one JSON object per line: `path`, `before` and `after` at the least."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def commit_sets(commits: list[dict], count: int) -> dict[str, list[Task]]:
    """Return up to `count` tasks by set, one a commit at the most, the same for the same commits."""
    found = {}
    for most, least in LENGTHS.items():
        tasks = (_task_of(commit, least, most) for commit in commits)
        found[f"{KIND}, to {most} lines"] = [task for task in tasks if task][:count]
    return found


def _task_of(commit: dict, least: int, most: int) -> Task | None:
    """Return the task of a whole file where it has that length, else of a window of it."""
    before, after = (commit[side].removesuffix("\n").split("\n") for side in ("before", "after"))
    language = language_of(commit["path"])
    if not language or "\r" in commit["before"]:
        return None
    edit = _fitting(split(before, hunks_between(before, after)), least, most, random.Random(commit["path"]))
    style = SnippetStyle(above=CONTEXT, below=CONTEXT, marker=language.comment(MARKER))
    if not edit or not is_told_by_snippet(edit) or not is_placeable(edit, shown_lines(edit, language, style)):
        return None
    update = join(write_snippet(edit, language, style))
    return Task(KIND, join(edit.original), "", update, join(edit.edited), language.tag)


def _fitting(edit: Edit, least: int, most: int, source: random.Random) -> Edit | None:
    if least <= len(edit.original) <= most:
        return edit
    if len(edit.original) < least or not any(segment.changes for segment in edit.segments):
        return None
    windows = (cut_window(edit.segments, source, least, most) for _ in range(WINDOWS_TRIED))
    return next((window for window in windows if window), None)
