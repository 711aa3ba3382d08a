"""Fetching brings what the list names and nothing else."""

from training.fetch import remove_others


def test_a_package_that_only_another_needs_is_not_kept(tmp_path):
    for name in ("left", "@scope/right", "@scope/needed", "needed", ".bin"):
        (tmp_path / name).mkdir(parents=True)
    remove_others({"left", "@scope/right"}, tmp_path)
    kept = {p.name for p in tmp_path.glob("[!@]*")} | {p.name for p in tmp_path.glob("@*/*")}
    assert kept == {"left", "right", ".bin"}
