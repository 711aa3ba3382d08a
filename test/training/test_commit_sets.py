"""Sets of commits hold whole files or windows of them, each with the one snippet that tells the edit."""

import pytest
from training.commit_sets import commit_sets
from training.export import export
from training.languages import MARKER


def commit(path, num_lines, changed):
    before = [f"value_{i} = {i}" for i in range(num_lines)]
    after = [f"{line}0" if i in changed else line for i, line in enumerate(before)]
    return {"path": path, "before": "\n".join(before) + "\n", "after": "\n".join(after) + "\n"}


def test_a_file_belongs_to_the_set_of_its_length_and_a_window_to_the_shorter_ones():
    sets = commit_sets([commit("a.py", 100, {50}), commit("b.py", 30, {3, 20}), commit("c.unknown", 30, {3})], 10)
    lengths = {name: [task.original.count("\n") for task in tasks] for name, tasks in sets.items()}
    assert lengths["commit, to 120 lines"] == [100]
    assert lengths["commit, to 250 lines"] == []
    assert len(lengths["commit, to 60 lines"]) == 2
    assert all(12 <= length <= 60 for length in lengths["commit, to 60 lines"])


def test_the_snippet_shows_two_lines_around_a_change():
    (task,) = commit_sets([commit("a.py", 40, {20})], 1)["commit, to 60 lines"]
    lines = ["value_18 = 18", "value_19 = 19", "value_20 = 200", "value_21 = 21", "value_22 = 22"]
    assert task.update.splitlines() == [f"# {MARKER}", *lines, f"# {MARKER}"]
    assert task.edited == task.original.replace("value_20 = 20\n", "value_20 = 200\n")


def test_a_commit_whose_place_is_unclear_is_left_out():
    twins = {"path": "a.py", "before": "same\n" * 30, "after": "same\n" * 15 + "new\n" + "same\n" * 15}
    assert not any(commit_sets([twins], 10).values())


def test_an_adapter_of_another_model_is_not_exported(tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "one"}', "utf-8")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    with pytest.raises(ValueError, match="base_model_name_or_path: expected another, got one"):
        export(tmp_path, tmp_path / "another")
    assert export(tmp_path, tmp_path / "one") == len(b"weights")
