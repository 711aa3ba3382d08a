"""The script that brings a model into a volume."""

import subprocess
from pathlib import Path

from release import CHART

SCRIPT = CHART / "files/bring-model.sh"
NUM_PODS = 8


def make_model(folder: Path, *, tokenizer: bool = True) -> Path:
    """A model's folder, as small as can be."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    if tokenizer:
        (folder / "tokenizer.json").write_text("{}")
    return folder


def start(source: Path, target: Path, files: str) -> subprocess.Popen[str]:
    env = {"PATH": "/usr/bin:/bin", "MODEL_SOURCE": str(source), "MODEL_DIR": str(target), "MODEL_FILES": files}
    return subprocess.Popen(["/bin/sh", SCRIPT], env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def bring(source: Path, target: Path, files: str = "all") -> tuple[int, str]:
    """Exit code and errors."""
    process = start(source, target, files)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_whole_model_is_brought_once(tmp_path: Path) -> None:
    source, target = make_model(tmp_path / "source"), tmp_path / "volume-model"
    assert bring(source, target) == (0, "")
    (source / "config.json").write_text('{"changed": true}')
    assert bring(source, target) == (0, "")
    assert names(target) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert (target / "config.json").read_text() == "{}"


def test_the_gateway_gets_the_tokenizer_without_the_weights(tmp_path: Path) -> None:
    source, target = make_model(tmp_path / "source"), tmp_path / "volume-model"
    assert bring(source, target, "tokenizer") == (0, "")
    assert names(target) == ["config.json", "tokenizer.json"]


def test_pods_that_share_a_volume_end_with_one_whole_model(tmp_path: Path) -> None:
    source, volume = make_model(tmp_path / "source"), tmp_path / "volume"
    volume.mkdir()
    processes = [start(source, volume / "model", "all") for _ in range(NUM_PODS)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0] * NUM_PODS
    assert names(volume) == ["model"]
    assert names(volume / "model") == ["config.json", "model.safetensors", "tokenizer.json"]


def test_a_folder_without_a_tokenizer_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    source, volume = make_model(tmp_path / "source", tokenizer=False), tmp_path / "volume"
    volume.mkdir()
    code, errors = bring(source, volume / "model")
    assert (code, names(volume)) == (1, [])
    assert "expected tokenizer.json" in errors


def test_others_may_read_what_was_brought(tmp_path: Path) -> None:
    source, target = make_model(tmp_path / "source"), tmp_path / "volume-model"
    assert bring(source, target) == (0, "")
    assert target.stat().st_mode & 0o777 == 0o755
