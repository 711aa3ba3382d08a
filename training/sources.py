"""Collect source files of permissively licensed packages into one corpus file.

    python -m training.sources

Writes the corpus (one JSON object per file) and `sources.tsv`, the list of origins.
"""

import argparse
import hashlib
import json
import random
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from training import licences, paths
from training.languages import language_of

MAX_FILES_PER_PACKAGE = 150
MIN_CHARACTERS, MAX_CHARACTERS, MAX_LINE = 300, 120_000, 160
_SKIP_PATH = re.compile(
    r"\.d\.[cm]?ts$|\.min\.|\.pb\.go$|zz_generated|_pb2|/node_modules/.*/node_modules/|/vendor"
    r"|/_vendor/|/dist/umd/|package(?:-lock)?\.json$|/locale/|/i18n/|/unicode|_data\.py$"
)
_SKIP_TEXT = re.compile(r"@generated|DO NOT EDIT|__esModule|automatically generated", re.IGNORECASE)
# The projects behind the benchmark's real commits: the benchmark must stay unseen.
BENCHMARK = re.compile(r"(?:^|[-/])(?:express|hono|flask|gin|gin-gonic-gin-dev)$", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One file of a package."""

    registry: str
    package: str
    version: str
    licence: str
    path: str
    text: str


def is_evaluation(package: str) -> bool:
    """Tell whether a package is kept from training: one in eight, by the hash of its name."""
    return hashlib.sha256(package.encode()).digest()[0] % 8 == 0


def packages_of_site(root: Path) -> Iterator[tuple[str, str, str, str, list[Path]]]:
    """Yield the Python distributions installed in a folder."""
    for info in sorted(root.glob("*.dist-info")):
        name, version, licence = licences.licence_of_distribution(info / "METADATA")
        record = info / "RECORD"
        listed = record.read_text("utf-8").splitlines() if record.exists() else []
        files = [root / line.split(",")[0] for line in listed]
        yield "pypi", name, version, licence, files


def packages_of_sdists(root: Path) -> Iterator[tuple[str, str, str, str, list[Path]]]:
    """Yield unpacked source distributions, for their files in C, Rust or Java."""
    for info in sorted(root.glob("*/PKG-INFO")):
        name, version, licence = licences.licence_of_distribution(info)
        files = [f for f in info.parent.rglob("*") if f.suffix not in {".py", ".js", ".ts"}]
        yield "pypi sdist", name, version, licence, files


def packages_of_npm(root: Path) -> Iterator[tuple[str, str, str, str, list[Path]]]:
    """Yield the packages of a node_modules folder."""
    for manifest in sorted([*root.glob("[!@.]*/package.json"), *root.glob("@*/*/package.json")]):
        name, version, licence = licences.licence_of_npm(manifest)
        yield "npm", name, version, licence, list(manifest.parent.rglob("*"))


def packages_of_debian(root: Path) -> Iterator[tuple[str, str, str, str, list[Path]]]:
    """Yield Debian packages, each unpacked in a folder of its name."""
    for folder in sorted(f for f in root.iterdir() if f.is_dir()):
        notices = sorted(folder.glob("usr/share/doc/*/copyright"))
        if notices:
            licence = licences.licence_of_debian(notices[0])
            version = licences.version_of_debian(notices[0].parent)
            yield "debian", folder.name, version, licence, list(folder.rglob("*"))


def packages_of_stdlib() -> Iterator[tuple[str, str, str, str, list[Path]]]:
    """Yield Python's standard library, one package per top-level module or folder."""
    root = Path(sysconfig.get_path("stdlib"))
    version = sysconfig.get_python_version()
    for entry in sorted(root.iterdir()):
        if entry.name in {"site-packages", "dist-packages", "test", "lib2to3", "idlelib"}:
            continue
        files = [entry] if entry.is_file() else list(entry.rglob("*.py"))
        yield "python", f"stdlib/{entry.stem}", version, "PSF-2.0", files


def read_package(registry, name, version, licence, files, seen: set[str]) -> list[Source]:
    """Return the usable files of one package, at most MAX_FILES_PER_PACKAGE, none seen before."""
    if not name or BENCHMARK.search(name) or not licences.is_permissive(licence):
        return []
    found = []
    candidates = sorted(f for f in files if language_of(f.name) and f.is_file())
    random.Random(name).shuffle(candidates)
    for file in candidates:
        text = read_file(file)
        digest = hashlib.sha256((text or "").encode()).hexdigest()
        if text and digest not in seen:
            seen.add(digest)
            found.append(Source(registry, name, version, licence, shorten(file), text))
        if len(found) == MAX_FILES_PER_PACKAGE:
            break
    return found


def read_file(file: Path) -> str | None:
    """Return the text of a hand-written file of usual size, else None."""
    if _SKIP_PATH.search(str(file)) or not MIN_CHARACTERS < file.stat().st_size < MAX_CHARACTERS:
        return None
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        return None
    if "\r" in text or "`````" in text or _SKIP_TEXT.search(text[:2000]):
        return None
    return text if max(map(len, text.split("\n"))) <= MAX_LINE else None


def shorten(file: Path) -> str:
    """Keep what a developer would see of the path: two folders and the name."""
    return "/".join(file.parts[-3:])


def main() -> None:
    """Collect from the folders given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for option, folder in (
        ("--site-packages", "pypi"),
        ("--npm", "npm/node_modules"),
        ("--debian", "debian"),
        ("--sdists", "pypi-sdist"),
    ):
        parser.add_argument(option, type=Path, nargs="*", default=[paths.PACKAGES / folder])
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--list", type=Path, default=Path(__file__).with_name("sources.tsv"))
    options = parser.parse_args()
    packages = [*packages_of_stdlib()]
    for reader, roots in (
        (packages_of_site, options.site_packages),
        (packages_of_npm, options.npm),
        (packages_of_debian, options.debian),
        (packages_of_sdists, options.sdists),
    ):
        packages += [package for root in roots for package in reader(root)]
    seen: set[str] = set()
    sources = [source for package in packages for source in read_package(*package, seen)]
    write_corpus(sources, options.corpus)
    write_list(sources, options.list)
    tags = Counter((language_of(s.path).tag, is_evaluation(s.package)) for s in sources)
    print(f"{len(sources)} files", dict(sorted(tags.items())), file=sys.stderr)


def write_corpus(sources: list[Source], file: Path) -> None:
    """Write one JSON object per file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as output:
        output.writelines(json.dumps(asdict(source)) + "\n" for source in sources)


def write_list(sources: list[Source], file: Path) -> None:
    """Write the origins: registry, package, version, licence, number of files, split."""
    counts = Counter((s.registry, s.package, s.version, s.licence) for s in sources)
    lines = ["registry\tpackage\tversion\tlicence\tfiles\tsplit\n"]
    for key, count in sorted(counts.items()):
        split = "evaluation" if is_evaluation(key[1]) else "training"
        lines.append("\t".join((*key, str(count), split)) + "\n")
    file.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
