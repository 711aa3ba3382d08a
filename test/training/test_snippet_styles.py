"""A snippet shows every change, leaves out nothing but unchanged lines, and tells where each change belongs."""

import random

import pytest
from training.languages import language_of
from training.segments import Edit, Segment, stands_once
from training.snippet_styles import SnippetStyle, draw_style, fitted, shown_lines, write_snippet

PYTHON = language_of("a.py")
MARKER = "# ... existing code ..."


def random_edit(source: random.Random) -> Edit:
    """Look-alike lines in segments that change and segments that do not, in turn."""
    line = lambda: source.choice(["    " * source.randint(0, 2) + source.choice("abcdefgh"), "", "}", "return"])  # noqa: E731
    segments = []
    for index in range(source.randint(3, 9)):
        before = [line() for _ in range(source.randint(0 if index % 2 else 1, 8))]
        after = [line() + "!" for _ in range(source.randint(0, 3))] if index % 2 else before
        segments.append(Segment(before, after))
    return Edit([segment for segment in segments if segment.before or segment.after])


def edits(count: int = 400):
    source = random.Random(8)
    for _ in range(count):
        edit = random_edit(source)
        style = fitted(draw_style(source, PYTHON), edit, PYTHON)
        if style:
            yield edit, style


def test_what_a_marker_hides_is_unchanged():
    count = 0
    for edit, style in edits():
        changes = [segment.changes for segment in edit.segments for _ in segment.after]
        shown = shown_lines(edit, PYTHON, style)
        assert all(is_shown for is_shown, is_new in zip(shown, changes, strict=True) if is_new)
        count += 1
    assert count > 100


def test_the_snippet_is_the_file_with_its_gaps_marked():
    for edit, style in edits():
        if style.dedents or style.spaces_markers:
            continue
        lines, shown = edit.edited, shown_lines(edit, PYTHON, style)
        kept = [line for line, is_shown in zip(lines, shown, strict=True) if is_shown]
        written = write_snippet(edit, PYTHON, style)
        assert [line for line in written if line.strip() != style.marker] == kept
        gaps = sum(not shown[i] and (i == 0 or shown[i - 1]) for i in range(len(shown)))
        marked = sum(line.strip() == style.marker for line in written)
        at_edges = (not shown[0]) + (not shown[-1])
        assert marked == gaps - (0 if style.marks_edges else at_edges)


def test_a_place_that_looks_like_another_gets_more_context():
    twin = ["start", "same", "same", "end"]
    edit = Edit([Segment(["first", *twin, "other", "same"], ["first", *twin, "other", "same"]), Segment([], ["new"])])
    edit.segments.append(Segment(["same", *"tail"], ["same", *"tail"]))
    narrow = SnippetStyle(above=1, below=1, marker=MARKER)
    fitting = fitted(narrow, edit, PYTHON)
    assert fitting is not None
    assert fitting.above > 1
    above = edit.segments[0].after[-fitting.above :]
    below = edit.segments[2].before[: fitting.below]
    assert stands_once(above, edit.original) or stands_once(below, edit.original)


def test_an_edit_whose_place_stays_unclear_has_no_snippet():
    same = ["same"] * 30
    edit = Edit([Segment(same, same), Segment([], ["new"]), Segment(same, same)])
    assert fitted(SnippetStyle(above=1, below=1, marker=MARKER), edit, PYTHON) is None


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ({}, [MARKER, "    c", "    new", "    d", MARKER]),
        ({"indents": True}, [f"    {MARKER}", "    c", "    new", "    d", f"    {MARKER}"]),
        ({"marks_edges": False}, ["    c", "    new", "    d"]),
        ({"dedents": True}, [MARKER, "c", "new", "d", MARKER]),
        ({"above": 2, "marks_edges": False}, ["    b", "    c", "    new", "    d"]),
        ({"shows_functions": True}, [MARKER, "def f():", "    b", "    c", "    new", "    d", "    e", MARKER]),
    ],
)
def test_a_style_shows_the_same_edit_in_its_own_way(style, expected):
    head, tail = ["x", "y", "def f():", "    b", "    c"], ["    d", "    e", "z = 1", "w"]
    edit = Edit([Segment(head, head), Segment(["    old"], ["    new"]), Segment(tail, tail)])
    shown = write_snippet(edit, PYTHON, SnippetStyle(**{"above": 1, "below": 1, "marker": MARKER, **style}))
    assert shown == expected
