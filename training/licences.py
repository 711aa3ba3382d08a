"""Which licences may be trained on, and where each kind of package states its own."""

import gzip
import json
import re
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

_PERMISSIVE = re.compile(
    r"(?:the )?(?:mit(?:-0|-cmu)?|expat|isc|0bsd|cc0(?:-1\.0)?|unlicense|zlib|hpnd|x11"
    r"|bsd(?:-[234]-clause)?(?:[ -](?:license|like))?|(?:new|modified|simplified|3-clause) bsd"
    r"|apache(?:[- ]2(?:\.0)?)?|asl-2\.0|psf(?:-2\.0)?|python-2\.0|public[- ]domain"
    r"|bsl-1(?:\.0)?|boost-1\.0|blueoak-1\.0\.0|mit license|mit/x11|apache license,? 2\.0"
    r"|apache license version 2\.0|apache software license|python software foundation license"
    r"|bsd license|isc license(?: \(iscl\))?|apache-2\.0 license|unlicense license)"
    r"(?: license)?(?: or later)?",
    re.IGNORECASE,
)


def is_permissive(licence: str) -> bool:
    """Tell whether every part of an SPDX-like expression is on the list."""
    parts = re.split(r"\s+(?:and|or|with)\s+|[;/|]|, ", licence, flags=re.IGNORECASE)
    named = [part.strip(" ()\"'") for part in parts if part.strip(" ()\"'")]
    return bool(named) and all(_PERMISSIVE.fullmatch(part) for part in named)


def licence_of_distribution(metadata: Path) -> tuple[str, str, str]:
    """Return name, version and licence from a Python distribution's METADATA or PKG-INFO."""
    return licence_of_headers(HeaderParser().parsestr(metadata.read_text("utf-8", errors="replace")))


def licence_of_headers(headers: Message) -> tuple[str, str, str]:
    """Return name, version and licence from the headers of such a file."""
    classified = [
        value.rsplit(" :: ", 1)[-1]
        for value in headers.get_all("Classifier", [])
        if value.startswith("License ::") and not value.endswith("OSI Approved")
    ]
    stated = headers.get("License-Expression") or headers.get("License", "")
    is_plain = stated and "\n" not in stated and len(stated) <= 60
    if not is_plain or (classified and not is_permissive(stated)):
        stated = " AND ".join(classified)
    return headers["Name"], headers["Version"], stated


def licence_of_npm(manifest: Path) -> tuple[str, str, str]:
    """Return name, version and licence from a package.json."""
    return licence_of_manifest(json.loads(manifest.read_text("utf-8")))


def licence_of_manifest(package: dict) -> tuple[str, str, str]:
    """Return name, version and licence from what a package.json holds."""
    licence = package.get("license", "")
    if isinstance(licence, dict):
        licence = licence.get("type", "")
    return package.get("name", ""), package.get("version", ""), str(licence)


def version_of_debian(documents: Path) -> str:
    """Return the version on top of the newest Debian changelog in a package's documents."""
    for changelog in sorted(documents.glob("changelog*.gz")):
        with gzip.open(changelog, "rt", encoding="utf-8", errors="replace") as lines:
            match = re.match(r"\S+ \(([^)]+)\)", next(lines, ""))
        if match:
            return match.group(1)
    return ""


def licence_of_debian(copyright_file: Path) -> str:
    """Return the licences of the upstream files named in a machine-readable copyright file.

    The paragraph about Debian's own packaging is left out: none of its files is read.
    """
    paragraphs = re.split(r"\n\s*\n", copyright_file.read_text("utf-8", errors="replace"))
    found = set()
    for paragraph in paragraphs:
        files = re.search(r"^Files:\s*(.+)$", paragraph, re.MULTILINE)
        licence = re.search(r"^License:\s*(.+)$", paragraph, re.MULTILINE)
        if files and licence and not files.group(1).startswith("debian/"):
            found.add(licence.group(1).strip())
    return " AND ".join(sorted(found))
