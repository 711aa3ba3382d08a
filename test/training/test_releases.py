"""A recorded edit leads from one release's file to the other's, and so does every window that is cut out of it."""

import io
import json
import random
import tarfile
import zipfile

import pytest
from training.kinds import draw_group
from training.recorded_edits import RecordedEdits, cut_window
from training.release_tasks import KIND, draw
from training.releases import collect, hunks_between, read_corpus
from training.segments import split
from training.sources import is_evaluation
from training.tasks import Corpus, join

NAMES = [f"package-{i}" for i in range(12)]


def numbered(count: int, changed: dict[int, list[str]]) -> list[str]:
    lines = [changed.get(i, [f"value_{i} = {i}"]) for i in range(count)]
    return [line for some in lines for line in some]


BEFORE = numbered(60, {})
AFTER = numbered(60, {10: ["value_10 = 11"], 25: [], 40: ["value_40 = 40", "added = True"]})


@pytest.fixture
def folder(tmp_path):
    """Lay down a corpus and the archives of earlier releases: npm tarballs and one wheel."""
    records = []
    for name in NAMES:
        entry = {"registry": "npm", "package": name, "version": "1.1.0", "licence": "MIT", "text": join(AFTER)}
        records.append({**entry, "path": f"{name}/lib/a.py"})
        write_tarball(tmp_path / f"{name}-1.0.0.tgz", name, {"lib/a.py": join(BEFORE), "lib/gone.py": "x = 1\n"})
    records.append({**records[0], "registry": "pypi", "package": "Wheel", "path": "pypi/wheel/a.py"})
    write_wheel(tmp_path / "wheel-1.0-py3-none-any.whl", {"wheel/a.py": join(BEFORE)})
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    return tmp_path


def write_tarball(file, name, files):
    manifest = json.dumps({"name": name, "version": "1.0.0", "license": "MIT"})
    with tarfile.open(file, "w:gz") as contents:
        for path, text in {"package.json": manifest, **files}.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(text)
            contents.addfile(entry, io.BytesIO(text.encode()))


def write_wheel(file, files):
    metadata = "Metadata-Version: 2.1\nName: Wheel\nVersion: 1.0\nLicense: MIT\n\n"
    with zipfile.ZipFile(file, "w") as contents:
        for path, text in {"wheel-1.0.dist-info/METADATA": metadata, **files}.items():
            contents.writestr(path, text)


def collected(folder):
    archives = sorted([*folder.glob("*.tgz"), *folder.glob("*.whl")])
    return list(collect(archives, read_corpus(folder / "corpus.jsonl")))


@pytest.fixture
def edits(folder):
    file = folder / "edits.jsonl"
    file.write_text("\n".join(json.dumps(edit) for _, found in collected(folder) for edit in found), "utf-8")
    return file


def test_changes_of_lines_lead_from_before_to_after():
    source = random.Random(2)
    for _ in range(200):
        before, after = ([source.choice("abcd") for _ in range(source.randint(1, 20))] for _ in range(2))
        edit = split(before, hunks_between(before, after))
        assert (edit.original, edit.edited) == (before, after)


def test_archives_of_both_registries_give_the_edits_of_files_that_both_releases_have(folder):
    found = collected(folder)
    assert {row["package"] for row, _ in found} == {*NAMES, "Wheel"}
    for row, (edit,) in found:
        assert row["licence"] == "MIT"
        assert split(edit["before"].split("\n"), edit["hunks"]).edited == AFTER
        assert row["split"] == ("evaluation" if is_evaluation(row["package"]) else "training")


def test_a_release_under_another_licence_is_left_out(folder):
    write_tarball(folder / "package-0-1.0.0.tgz", "package-0", {})
    with tarfile.open(folder / "package-1-1.0.0.tgz", "w:gz") as contents:
        text = json.dumps({"name": "package-1", "version": "1.0.0", "license": "GPL-3.0"}).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        contents.addfile(entry, io.BytesIO(text))
    assert {"package-0", "package-1"} & {row["package"] for row, _ in collected(folder)} == set()


def test_a_window_is_a_part_of_both_files():
    source = random.Random(4)
    edit = split(BEFORE, hunks_between(BEFORE, AFTER))
    windows = [cut_window(edit.segments, source, 5, 50) for _ in range(300)]
    cut = [window for window in windows if window]
    assert len(cut) > 100
    assert max(sum(segment.changes for segment in window.segments) for window in cut) == 3
    for window in cut:
        assert any(segment.changes for segment in window.segments)
        assert 5 <= len(window.original) <= 50
        assert join(window.original) in join(BEFORE)
        assert join(window.edited) in join(AFTER)


def test_training_draws_no_edit_of_a_package_kept_for_evaluation(edits):
    seen = [set(RecordedEdits(edits, evaluation=evaluation).packages) for evaluation in (True, False)]
    assert all(seen)
    assert not seen[0] & seen[1]


def test_a_real_edit_is_shown_by_a_snippet(edits):
    source = random.Random(6)
    recorded = RecordedEdits(edits, evaluation=False)
    tasks = [drawn[1] for drawn in (draw(recorded, source, (8, 40)) for _ in range(100)) if drawn]
    assert len(tasks) > 30
    for task in tasks:
        assert task.original != task.edited
        old, shown = task.original.splitlines(), {line.strip() for line in task.update.splitlines()}
        assert all(line in old or line.strip() in shown for line in task.edited.splitlines())


def test_groups_hold_real_edits_where_there_are_any(edits, folder):
    corpus = Corpus(folder / "corpus.jsonl", evaluation=False, edits=edits)
    source = random.Random(3)
    kinds = [draw_group(corpus, source, (8, 40), 1)[0].kind for _ in range(200)]
    assert 20 < kinds.count(KIND) < 80


def test_only_a_torn_window_may_begin_and_end_with_a_blank_line():
    before = [line for index in range(40) for line in (f"value_{index} = {index}", "")]
    edit = split(before, hunks_between(before, [*before[:30], "value_15 = 16", *before[31:]]))

    def blank_ends(torn):
        source = random.Random(8)
        windows = [cut_window(edit.segments, source, 5, 50, torn=torn) for _ in range(100)]
        return sum("" in (window.original[0], window.original[-1]) for window in windows if window)

    assert blank_ends(torn=False) == 0
    assert blank_ends(torn=True) > 5
