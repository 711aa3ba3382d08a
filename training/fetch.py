"""Download the packages that `sources.tsv` and `releases.tsv` list, each in its version.

    python -m training.fetch

Needs pip, npm, and for the Debian packages apt-get and dpkg-deb. Nothing of a package is run or
built: source distributions are fetched as the files that they are.
"""

import argparse
import csv
import shutil
import subprocess
import sys
from pathlib import Path

from training import paths, source_archives


def read_origins(file: Path, version: str = "version") -> dict[str, list[tuple[str, str]]]:
    """Return the packages (name, version) of every registry; `version` is the column that tells it."""
    origins: dict[str, list[tuple[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            origins.setdefault(row["registry"], []).append((row["package"], row[version]))
    return origins


def run(*command: str, folder: Path) -> None:
    """Run a command in a folder; its output is the user's."""
    subprocess.run(command, cwd=folder, check=True)


def fetch_pypi(packages: list[tuple[str, str]], folder: Path) -> None:
    """Install distributions into the folder, without what they depend on."""
    pinned = [f"{name}=={version}" for name, version in packages]
    pip = (sys.executable, "-m", "pip", "install", "--no-deps", "--no-compile")
    run(*pip, "--only-binary", ":all:", "--target", str(folder), *pinned, folder=folder)


def fetch_sdists(packages: list[tuple[str, str]], folder: Path) -> None:
    """Download and unpack source distributions."""
    index = source_archives.index_url()
    for name, version in packages:
        source_archives.unpack(source_archives.download(index, name, version, folder), folder)


def fetch_npm(packages: list[tuple[str, str]], folder: Path) -> None:
    """Install npm packages into the folder's node_modules, without what they depend on."""
    (folder / "package.json").write_text("{}\n", "utf-8")
    npm = ("npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund")
    run(*npm, *(f"{name}@{version}" for name, version in packages), folder=folder)
    remove_others({name for name, _ in packages}, folder / "node_modules")


def remove_others(names: set[str], modules: Path) -> None:
    """Remove packages that npm installed because others need them."""
    for package in [*modules.glob("[!@.]*"), *modules.glob("@*/*")]:
        if package.relative_to(modules).as_posix() not in names:
            shutil.rmtree(package)


def fetch_debian(packages: list[tuple[str, str]], folder: Path) -> None:
    """Download and unpack Debian packages, one folder each."""
    for name, version in packages:
        run("apt-get", "download", "-qq", f"{name}={version}", folder=folder)
        archive = next(folder.glob(f"{name}_*.deb"))
        run("dpkg-deb", "-x", archive.name, name, folder=folder)
        archive.unlink()


def fetch_archives(registry: str, packages: list[tuple[str, str]], folder: Path) -> None:
    """Download npm tarballs or wheels and leave them packed."""
    folder.mkdir(parents=True, exist_ok=True)
    if registry == "npm":
        run("npm", "pack", "--silent", *(f"{name}@{version}" for name, version in packages), folder=folder)
    else:
        pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:")
        run(*pip, *(f"{name}=={version}" for name, version in packages), folder=folder)


FETCHERS = {
    "pypi": fetch_pypi,
    "pypi sdist": fetch_sdists,
    "npm": fetch_npm,
    "debian": fetch_debian,
}


def main() -> None:
    """Fetch what the list names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--list", type=Path, default=Path(__file__).with_name("sources.tsv"))
    parser.add_argument("--earlier", type=Path, default=paths.RELEASES, help="releases before those of the list")
    parser.add_argument("--folder", type=Path, default=paths.PACKAGES)
    options = parser.parse_args()
    for registry, packages in read_origins(options.list).items():
        if registry in FETCHERS:
            folder = options.folder / registry.replace(" ", "-")
            folder.mkdir(parents=True, exist_ok=True)
            FETCHERS[registry](packages, folder)
    for registry, packages in read_origins(options.earlier, "earlier").items():
        fetch_archives(registry, packages, options.folder / "earlier" / registry)


if __name__ == "__main__":
    main()
