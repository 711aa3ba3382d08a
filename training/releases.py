"""Real edits: what changed between a package's release in the corpus and the one before it.

    python -m training.releases

Reads the corpus and the archives that `training.fetch` brought, and writes `edits.jsonl`, one
JSON object per file that both releases have and that changed, and `releases.tsv`, the list of
the earlier releases.
"""

import argparse
import csv
import json
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from email.parser import HeaderParser
from pathlib import Path

from training import licences, paths
from training.sources import BENCHMARK, is_evaluation, shorten

MAX_FILES_PER_PACKAGE = 40
MAX_HUNKS, MAX_LINES = 40, 2500
# A change that every file of a package has, as of a copyright's year, is kept twice.
MAX_SAME_CHANGE = 2
COLUMNS = ("registry", "package", "earlier", "version", "licence", "files", "split")

Hunk = tuple[int, int, list[str]]


def hunks_between(before: list[str], after: list[str]) -> list[Hunk]:
    """Return the changes of lines as (low, high, new lines) in place of `before[low:high]`."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(a, b, after[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def read_archive(archive: Path) -> tuple[str, str, str, dict[str, bytes]]:
    """Return name, version, licence and the files of an npm tarball or of a wheel."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as contents:
            files = {name: contents.read(name) for name in contents.namelist()}
        metadata = next(files[name] for name in files if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(metadata.decode("utf-8", "replace"))
        return *licences.licence_of_headers(headers), files
    with tarfile.open(archive) as contents:
        members = [member for member in contents.getmembers() if member.isfile() and "/" in member.name]
        files = {member.name.split("/", 1)[1]: contents.extractfile(member).read() for member in members}
    return *licences.licence_of_manifest(json.loads(files["package.json"])), files


def changed_files(archive: Path, corpus: dict[str, list[dict]]) -> tuple[dict[str, str], list[dict]]:
    """Return the row of an earlier release and the edits that led from it to the corpus."""
    name, earlier, licence, files = read_archive(archive)
    sources = corpus.get(name.lower(), [])
    if not sources or BENCHMARK.search(name) or not licences.is_permissive(licence):
        return {}, []
    root = "pypi" if archive.suffix == ".whl" else f"node_modules/{name}"
    short = {shorten(Path(root, path)): content for path, content in files.items()}
    edits = []
    seen: Counter[str] = Counter()
    for source in sources:
        edit = edit_of(short.get(source["path"]), source)
        if edit and seen[change := json.dumps([new for *_, new in edit["hunks"]])] < MAX_SAME_CHANGE:
            seen[change] += 1
            edits.append(edit)
    row = {key: sources[0][key] for key in ("registry", "package", "version")}
    split = "evaluation" if is_evaluation(row["package"]) else "training"
    kept = edits[:MAX_FILES_PER_PACKAGE]
    return {**row, "earlier": earlier, "licence": licence, "files": str(len(kept)), "split": split}, kept


def edit_of(content: bytes | None, source: dict) -> dict | None:
    """Return the edit of one file, None where nothing or too much changed."""
    after = source["text"].rstrip("\n").split("\n")
    try:
        before = content.decode("utf-8").rstrip("\n").split("\n") if content else []
    except UnicodeDecodeError:
        return None
    if not before or before == after or max(len(before), len(after)) > MAX_LINES or "\r" in "".join(before):
        return None
    hunks = hunks_between(before, after)
    if len(hunks) > MAX_HUNKS:
        return None
    return {"package": source["package"], "path": source["path"], "before": "\n".join(before), "hunks": hunks}


def read_corpus(file: Path) -> dict[str, list[dict]]:
    """Return the corpus's files by package."""
    found: dict[str, list[dict]] = defaultdict(list)
    for line in file.open(encoding="utf-8"):
        source = json.loads(line)
        if source["registry"] in {"npm", "pypi"}:
            found[source["package"].lower()].append(source)
    return found


def collect(archives: list[Path], corpus: dict[str, list[dict]]) -> Iterator[tuple[dict[str, str], list[dict]]]:
    """Yield the releases in which anything changed."""
    for archive in archives:
        row, edits = changed_files(archive, corpus)
        if edits:
            yield row, edits


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--archives", type=Path, default=paths.PACKAGES / "earlier")
    parser.add_argument("--edits", type=Path, default=paths.EDITS)
    parser.add_argument("--list", type=Path, default=paths.RELEASES)
    options = parser.parse_args()
    archives = sorted([*options.archives.glob("*/*.tgz"), *options.archives.glob("*/*.whl")])
    rows = []
    with options.edits.open("w", encoding="utf-8") as output:
        for row, edits in collect(archives, read_corpus(options.corpus)):
            rows.append(row)
            output.writelines(json.dumps(edit) + "\n" for edit in edits)
    with options.list.open("w", encoding="utf-8", newline="") as output:
        table = csv.DictWriter(output, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(sorted(rows, key=lambda row: (row["registry"], row["package"])))
    print(f"{sum(int(row['files']) for row in rows)} edits of {len(rows)} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
