"""The sizing table of deploy/README.md is its own arithmetic."""

import re

from release import REPOSITORY

BYTES_PER_ELEMENT = 2
GIB = 2**30
ROW = re.compile(
    r"^\| (?P<model>\S+) \| [\d.]+ GiB \| (?P<layers>\d+) \| (?P<heads>\d+) \| (?P<dim>\d+) \| (?P<kib>[\d.]+) KiB"
    r" \| (?P<small>[\d.]+) GiB \| (?P<large>[\d.]+) GiB \|",
    re.MULTILINE,
)


def test_bytes_per_token_and_edit_follow_from_the_models_shape() -> None:
    rows = list(ROW.finditer((REPOSITORY / "deploy/README.md").read_text(encoding="utf-8")))
    assert len(rows) >= 8
    for row in rows:
        elements = int(row["layers"]) * int(row["heads"]) * int(row["dim"]) * 2
        per_token = elements * BYTES_PER_ELEMENT
        assert f"{per_token / 1024:g}" == row["kib"], row["model"]
        assert f"{per_token * 5000 / GIB:.2f}" == row["small"], row["model"]
        assert f"{per_token * 20_000 / GIB:.2f}" == row["large"], row["model"]
