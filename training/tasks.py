"""What a task is, and the excerpts of the corpus that tasks are made from."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from training import phrases
from training.languages import Language, language_of
from training.recorded_edits import RecordedEdits
from training.sources import is_evaluation

# Shares of the languages among the tasks; every other language of the corpus is "other".
SHARES = {
    "python": 0.28,
    "typescript": 0.2,
    "javascript": 0.16,
    "go": 0.11,
    "rust": 0.09,
    "java": 0.06,
    "c": 0.05,
    "other": 0.05,
}


CHAT_SHARE = 0.3


@dataclass(frozen=True)
class Task:
    """An edit with a known answer. Texts are whole files that end in a line ending."""

    kind: str
    original: str
    instruction: str
    update: str | None
    edited: str
    language: str = ""
    path: str = ""


@dataclass(frozen=True)
class Excerpt:
    """Consecutive lines of a source file, as if they were a file of their own."""

    lines: list[str]
    language: Language
    path: str


class Corpus:
    """The files of one split, grouped by language, and its recorded edits where there are any."""

    def __init__(self, file: Path, *, evaluation: bool, edits: Path | None = None) -> None:
        self.edits = RecordedEdits(edits, evaluation=evaluation) if edits and edits.exists() else None
        self.groups: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for line in file.open(encoding="utf-8"):
            record = json.loads(line)
            if is_evaluation(record["package"]) == evaluation:
                tag = language_of(record["path"]).tag
                group = self.groups.setdefault(tag if tag in SHARES else "other", {})
                files = group.setdefault(record["package"], [])
                files.append((record["path"], record["text"]))

    def draw(self, random_source: random.Random) -> tuple[str, str]:
        """Return path and text of a file: first a language, then a package, then a file."""
        names = [name for name in SHARES if name in self.groups]
        weights = [SHARES[name] for name in names]
        group = self.groups[random_source.choices(names, weights)[0]]
        packages = list(group)
        sizes = [len(group[package]) ** 0.6 for package in packages]
        return random_source.choice(group[random_source.choices(packages, sizes)[0]])


def draw_excerpt(
    corpus: Corpus, random_source: random.Random, shortest: int, longest: int, *, torn: bool = False
) -> Excerpt | None:
    """Cut an excerpt that begins at the margin and ends, if it can, at a blank line; a torn one, at any lines."""
    path, text = corpus.draw(random_source)
    lines = text.rstrip("\n").split("\n")
    # Log-uniform, so that short and long files are both common.
    length = round(shortest * (longest / shortest) ** random_source.random())
    if torn:
        return _tear(lines, random_source, length, path)
    starts = [i for i, line in enumerate(lines) if _opens(lines, i, line)]
    if not starts or len(lines) < shortest:
        return None
    start = 0 if random_source.random() < 0.15 else random_source.choice(starts)
    window = _end_at_blank_line(lines[start : start + length])
    language = language_of(path)
    return Excerpt(window, language, path) if len(window) >= shortest else None


def _tear(lines: list[str], random_source: random.Random, length: int, path: str) -> Excerpt | None:
    if len(lines) < length:
        return None
    start = random_source.randint(0, len(lines) - length)
    return Excerpt(lines[start : start + length], language_of(path), path)


def _opens(lines: list[str], index: int, line: str) -> bool:
    at_margin = bool(line) and not line[0].isspace() and line[0] not in "})]*"
    return at_margin and (index == 0 or not lines[index - 1].strip() or line[0].isalpha())


def _end_at_blank_line(window: list[str]) -> list[str]:
    for end in range(len(window) - 1, len(window) * 2 // 3, -1):
        if not window[end].strip():
            return _strip_blank(window[:end])
    return _strip_blank(window)


def _strip_blank(window: list[str]) -> list[str]:
    while window and not window[-1].strip():
        window = window[:-1]
    return window


def join(lines: list[str]) -> str:
    """Return lines as the text of a file."""
    return "".join(f"{line}\n" for line in lines)


def with_lines(excerpt: Excerpt, index: int, new: list[str], *, replaced: int = 0) -> list[str]:
    """Return the lines with new ones at `index`, in place of `replaced` old ones."""
    return [*excerpt.lines[:index], *new, *excerpt.lines[index + replaced :]]


def instructed(
    kind: str,
    excerpt: Excerpt,
    random_source: random.Random,
    wordings: list[str],
    edited: list[str],
    **parts: str,
) -> Task | None:
    """Return the task of an instruction alone, or None where the quotation would be ambiguous."""
    # Backquotes inside quoted code would end the quotation early.
    if any("`" in part for part in parts.values()):
        return None
    return Task(
        kind=kind,
        original=join(excerpt.lines),
        instruction=_said(kind, random_source, wordings, parts),
        update=None,
        edited=join(edited),
        language=excerpt.language.tag,
        path=excerpt.path,
    )


def _said(kind: str, random_source: random.Random, wordings: list[str], parts: dict[str, str]) -> str:
    sentence = phrases.say(random_source, wordings, **parts)
    is_chat = kind != "nothing" and random_source.random() < CHAT_SHARE
    return phrases.as_chat(random_source, sentence) if is_chat else sentence
