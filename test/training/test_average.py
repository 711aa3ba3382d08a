"""The mean of adapters is that of their weights, and adapters of different shapes have none."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from training.average import average
from training.model import CONFIG_FILE, WEIGHTS_FILE


def adapter(folder: Path, *values: float, rank: int = 16) -> Path:
    folder.mkdir()
    weights = {name: torch.full((2, 3), value, dtype=torch.bfloat16) for name, value in zip("AB", values, strict=True)}
    save_file(weights, folder / WEIGHTS_FILE)
    (folder / CONFIG_FILE).write_text(f'{{"r": {rank}}}', "utf-8")
    return folder


def test_each_weight_is_the_mean_of_the_adapters_weights(tmp_path: Path) -> None:
    # Added up in bf16, 256 + 1 + 1 would be 256.
    folders = [adapter(tmp_path / str(i), a, b) for i, (a, b) in enumerate([(256, 3), (1, 0), (1, 0)])]
    average(folders, tmp_path / "mean")
    mean = load_file(tmp_path / "mean" / WEIGHTS_FILE)
    assert {weight.dtype for weight in mean.values()} == {torch.bfloat16}
    assert mean["A"].unique().tolist() == [86]
    assert mean["B"].unique().tolist() == [1]
    assert (tmp_path / "mean" / CONFIG_FILE).read_text("utf-8") == '{"r": 16}'


def test_adapters_of_another_shape_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    folders = [adapter(tmp_path / "a", 1, 1), adapter(tmp_path / "b", 1, 1, rank=8)]
    with pytest.raises(ValueError, match=r"b/adapter_config\.json: expected what .*a/adapter_config\.json holds"):
        average(folders, tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
