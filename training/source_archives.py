"""Source distributions as plain files, out of the package index that pip is set up for.

pip itself builds what it downloads far enough to learn the metadata, which runs the package's own
code. The index's pages tell everything that a download needs: the simple repository API, PEP 503
and PEP 691.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

_JSON = "application/vnd.pypi.simple.v1+json"
_ENDING = ".tar.gz"


def index_url() -> str:
    """Return the address of pip's index, be it set by a file, the environment or not at all."""
    # pip's help is the one place that tells the setting in force; it must not be wrapped.
    pip = [sys.executable, "-m", "pip", "download", "--help"]
    text = subprocess.run(pip, check=True, capture_output=True, text=True, env={**os.environ, "COLUMNS": "999"}).stdout
    found = re.search(r"--index-url <url>.*?\(default (\S+)\)", text)
    if not found:
        raise ValueError("pip download --help: expected the default of --index-url, got none")
    return found.group(1).rstrip("/") + "/"


def download(index: str, name: str, version: str, folder: Path) -> Path:
    """Download the archive of one version and check it against the index's hash."""
    page = f"{index}{normalized(name)}/"
    request = urllib.request.Request(page, headers={"Accept": _JSON})
    with urllib.request.urlopen(request) as answer:
        listed = json.load(answer)["files"]
    entry = choose(listed, name, version)
    with urllib.request.urlopen(urljoin(page, entry["url"])) as answer:
        content = answer.read()
    check(content, entry)
    archive = folder / entry["filename"]
    archive.write_bytes(content)
    return archive


def choose(listed: list[dict], name: str, version: str) -> dict:
    """Return the index's entry of a source archive: its `filename`, `url` and `hashes`."""
    wanted = f"{normalized(name)}-{version}{_ENDING}"
    for entry in listed:
        stem, _, rest = entry["filename"].rpartition("-")
        if f"{normalized(stem)}-{rest}" == wanted:
            return entry
    raise ValueError(f"{name} {version}: expected an archive {wanted} in the index, got none")


def check(content: bytes, entry: dict) -> None:
    """Refuse a file that is not the one which the index lists."""
    found, expected = hashlib.sha256(content).hexdigest(), entry["hashes"].get("sha256")
    if found != expected:
        raise ValueError(f"{entry['filename']}: expected sha256 {expected}, got {found}")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive, nothing of it outside of the folder."""
    with tarfile.open(archive) as contents:
        contents.extractall(folder, filter="data")
    archive.unlink()


def normalized(name: str) -> str:
    """Return a package's name as the index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
