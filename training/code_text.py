"""Which of a text is code, neither a comment nor inside of quotes, as far as a scan without a parser can tell."""

import re
from functools import cache

from training.languages import Language

# Texts that end on their line, and the one that may go over several.
DOUBLE_QUOTED = r'"(?:\\.|[^"\\\n])*"'
SINGLE_QUOTED = r"'(?:\\.|[^'\\\n])*'"
BACKQUOTED = r"`(?:\\.|[^`\\])*`"
_LONG = (
    r'"""[\s\S]*?(?:"""|\Z)',
    r"'''[\s\S]*?(?:'''|\Z)",
    r"/\*[\s\S]*?(?:\*/|\Z)",
    r"<!--[\s\S]*?(?:-->|\Z)",
    BACKQUOTED,
)
# A lifetime of Rust opens a quote that nothing closes.
_CHARACTER = r"'(?:\\.[^'\n]*|[^'\\\n])'"
_LETTER = re.compile(r"\S")


@cache
def _not_code(language: Language) -> re.Pattern[str]:
    quoted = _CHARACTER if language.tag == "rust" else SINGLE_QUOTED
    comments = () if language.comment_close else (rf"{language.comment_open}[^\n]*",)
    return re.compile("|".join((*_LONG, DOUBLE_QUOTED, quoted, *comments)))


def blank_out(text: str, language: Language) -> str:
    """Return the text with a space for every character of comments and strings; lines and columns stay."""
    return _not_code(language).sub(lambda match: _LETTER.sub(" ", match.group()), text)


def code_lines(lines: list[str], language: Language) -> list[int]:
    """Return the indices of the lines that hold some code."""
    blanked = blank_out("\n".join(lines), language).split("\n")
    return [index for index, line in enumerate(blanked) if line.strip()]


def is_code_alone(name: str, text: str, language: Language) -> bool:
    """Tell whether a name stands in code wherever it stands as a word."""
    word = re.compile(rf"\b{name}\b")
    return len(word.findall(text)) == len(word.findall(blank_out(text, language)))
