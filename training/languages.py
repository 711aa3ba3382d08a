"""What the task makers know of a language: its fence tag, its comments, its functions."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

MARKER = "... existing code ..."


@dataclass(frozen=True)
class Language:
    """One language. `function` matches a line that opens a function; group 1 is its name."""

    tag: str
    comment_open: str
    comment_close: str = ""
    function: re.Pattern[str] | None = None
    import_line: re.Pattern[str] | None = None
    statement_end: str = ""

    def comment(self, text: str) -> str:
        """Return a whole-line comment."""
        closing = f" {self.comment_close}" if self.comment_close else ""
        return f"{self.comment_open} {text}{closing}"

    @property
    def marker(self) -> str:
        """The line that stands for code which the update leaves out."""
        return self.comment(MARKER)


_PYTHON = re.compile(r"\s*(?:async )?def (\w+)\(.*\).*:$")
_SCRIPT = re.compile(
    r"\s*(?:export )?(?:default )?(?:(?:public|private|protected|static|override) )*"
    r"(?:async )?(?:function\*? )?(?!if\b|for\b|while\b|switch\b|catch\b|with\b)(\w+)"
    r"(?:<[^()]*>)?\(.*\).*\{$"
)
_GO = re.compile(r"func (?:\([^)]*\) )?(\w+)\(.*\).*\{$")
_RUST = re.compile(r"\s*(?:pub(?:\([a-z]+\))? )?(?:const |unsafe |async )*fn (\w+).*\(.*\).*\{$")
_TYPED = re.compile(r"\s*(?:[\w<>\[\],.*&:]+\s+)+\**(\w+)\s*\([^;={}]*\)[\w\s,]*\{$")
_PYTHON_IMPORT = re.compile(r"(?:from [\w.]+ import|import) [\w., ]+$")
_SCRIPT_IMPORT = re.compile(r"import (?:type )?[\w{}*, ]+ from ['\"][^'\"]+['\"];?$")
_RUST_IMPORT = re.compile(r"use [\w:{}, ]+;$")
_JAVA_IMPORT = re.compile(r"import [\w.]+;$")
_GO_IMPORT = re.compile(r"\t\"[\w./-]+\"$")

_PY = Language("python", "#", function=_PYTHON, import_line=_PYTHON_IMPORT)


def _script(tag: str) -> Language:
    return Language(tag, "//", "", _SCRIPT, _SCRIPT_IMPORT, ";")


LANGUAGES = {
    ".py": _PY,
    ".ts": _script("typescript"),
    ".tsx": _script("tsx"),
    ".js": _script("javascript"),
    ".mjs": _script("javascript"),
    ".jsx": _script("jsx"),
    ".go": Language("go", "//", "", _GO, _GO_IMPORT),
    ".rs": Language("rust", "//", "", _RUST, _RUST_IMPORT, ";"),
    ".java": Language("java", "//", "", _TYPED, _JAVA_IMPORT, ";"),
    ".c": Language("c", "//", "", _TYPED, None, ";"),
    ".h": Language("c", "//", "", _TYPED, None, ";"),
    ".cpp": Language("cpp", "//", "", _TYPED, None, ";"),
    ".css": Language("css", "/*", "*/"),
    ".html": Language("html", "<!--", "-->"),
    ".yml": Language("yaml", "#"),
    ".yaml": Language("yaml", "#"),
    ".sh": Language("bash", "#"),
    ".json": Language("json", "//"),
}


def language_of(path: str) -> Language | None:
    """Return the language of a file by the ending of its name."""
    return LANGUAGES.get(PurePosixPath(path).suffix)
