"""Tasks must have one right answer, and evaluation must not see what was trained on."""

import json
import random
import re

import pytest
from training import chained_tasks, kinds, syntax
from training import instruction_tasks as instructions
from training.kinds import MAKERS, draw_group, draw_task
from training.sources import is_evaluation
from training.tasks import Corpus

PYTHON = '''\
import os
import sys

LIMIT = 10
NAME = "total"


def load(path, limit=LIMIT):
    """Read a file."""
    with open(path) as source:
        text = source.read(limit)
    if not text:
        report(path)
    return text


def report(path):
    message = os.path.basename(path)
    print(message, file=sys.stderr)
    values = [
        NAME,
        path,
    ]
    return values


def main():
    for path in sys.argv[1:]:
        load(path)
    return len(sys.argv)
'''
COMMENTED = """\
import json

# How often a read is tried again.
RETRIES = 3


def parse(text, retries=RETRIES):
    # An empty text is no document.
    if not text:
        return None
    parsed = json.loads(text)
    # Old files hold a list.
    if isinstance(parsed, list):
        parsed = parsed[0]
    return parsed


def dump(value):
    return json.dumps(value, indent=retries_of(value))
"""
MARKER = "... existing code ..."


@pytest.fixture
def corpus(tmp_path):
    file = tmp_path / "corpus.jsonl"
    names = [f"package-{i}" for i in range(40)]
    texts = {"a/b.py": PYTHON, "a/c.py": COMMENTED}
    records = [
        {"package": name, "path": path, "text": f"# {name}\n{text}"} for name in names for path, text in texts.items()
    ]
    file.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return file


def test_evaluation_sees_no_package_of_training(corpus):
    seen = {}
    for evaluation in (True, False):
        groups = Corpus(corpus, evaluation=evaluation).groups
        seen[evaluation] = {name for group in groups.values() for name in group}
    assert seen[True]
    assert seen[False]
    assert not seen[True] & seen[False]
    assert all(map(is_evaluation, seen[True]))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_changes_the_file_and_leaves_no_marker_in_it(corpus, kind):
    source = random.Random(1)
    task = draw_task(kind, Corpus(corpus, evaluation=False), source, (12, 40))
    assert task is not None
    assert (task.original == task.edited) == (kind == "nothing")
    assert (task.update is not None) == kind.startswith("merge-")
    assert MARKER not in task.edited
    # What is new in the answer was given, word for word, unless a name was replaced in place.
    given = f"{task.original}{task.update or ''}{task.instruction}"
    new = [line.strip() for line in task.edited.splitlines() if line.strip() not in given]
    is_free = kind.startswith("open-")
    assert is_free or kind in {"rename", "literal", "parameter", "comment", "wrap", "chained"} or not new


def test_a_chained_task_follows_each_of_its_instructions(corpus, monkeypatch):
    monkeypatch.setattr(chained_tasks, "CHANGES", (instructions.literal,))
    monkeypatch.setattr(chained_tasks, "ADDITIONS", (instructions.add_line,))
    monkeypatch.setattr(chained_tasks, "RENAME_SHARE", 1)
    source = random.Random(4)
    for _ in range(20):
        task = draw_task("chained", Corpus(corpus, evaluation=False), source, (12, 40))
        count = len(task.instruction.split("\n"))
        changed = set(task.edited.split("\n")) ^ set(task.original.split("\n"))
        assert 2 <= count <= 5
        # One line at the least: the name may stand in the added one alone.
        assert changed
        for line in re.findall(r"(?:[Aa]dd|Insert) `(.*?)`", task.instruction):
            assert line not in map(str.strip, task.original.split("\n"))


def test_the_same_seed_draws_the_same_tasks(corpus):
    loaded = Corpus(corpus, evaluation=False)
    draws = [
        [draw_group(loaded, source, (8, 40), 3) for _ in range(10)] for source in (random.Random(3), random.Random(3))
    ]
    assert draws[0] == draws[1]
    assert max(map(len, draws[0])) > 1


def test_a_group_for_training_may_begin_within_a_block_and_a_task_for_evaluation_may_not(corpus):
    loaded, source = Corpus(corpus, evaluation=False), random.Random(5)
    groups = [draw_group(loaded, source, (8, 40), 1)[0] for _ in range(100)]
    tasks = [draw_task("literal", loaded, source, (8, 40)) for _ in range(100)]
    within = [sum(not task.original.split("\n")[0][:1].strip() for task in drawn) for drawn in (groups, tasks)]
    assert within[0] > 5
    assert within[1] == 0


@pytest.mark.parametrize("noisy", [True, False])
def test_instructions_are_given_only_for_text_that_is_not_disturbed(corpus, monkeypatch, noisy):
    monkeypatch.setattr(kinds, "NOISY_SHARE", float(noisy))
    loaded, source = Corpus(corpus, evaluation=False), random.Random(6)
    tasks = [task for _ in range(60) for task in draw_group(loaded, source, (6, 40), 3)]
    is_told = [task for task in tasks if not task.kind.startswith("merge-") and task.kind != "nothing"]
    assert bool(is_told) != noisy
    known = {*PYTHON.splitlines(), *COMMENTED.splitlines()}
    disturbed = [task for task in tasks if not known.issuperset(task.original.splitlines()[1:])]
    assert (len(disturbed) > len(tasks) / 2) == noisy


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [
        ("    if not text:", "    if not text:", False),
        ("    if not text:", "        report(path)", True),
        ("    values = [", "        NAME,", False),
        ("    values = [", "    ]", True),
        ("def main():", "        load(path)", False),
        ("    return len(sys.argv)", "    return len(sys.argv)", True),
    ],
)
def test_lines_are_whole_where_they_leave_no_half_statement_behind(first, last, whole):
    lines = PYTHON.rstrip("\n").split("\n")
    assert syntax.is_whole(lines, lines.index(first), lines.index(last) + 1) is whole
