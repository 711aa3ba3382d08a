"""Rules by which an answer is judged where many are right: it keeps the code, and differs by comments only."""

import ast
import re
from difflib import SequenceMatcher

from training.code_text import BACKQUOTED, DOUBLE_QUOTED, SINGLE_QUOTED
from training.languages import Language

_TEXTS = (r'"""[\s\S]*?"""', r"'''[\s\S]*?'''", DOUBLE_QUOTED, SINGLE_QUOTED, BACKQUOTED)
_SLASHES = re.compile("|".join((*_TEXTS, r"//[^\n]*", r"/\*[\s\S]*?\*/")))
_HASH = re.compile("|".join((*_TEXTS, r"#[^\n]*")))
_MARKUP = re.compile(r"<!--[\s\S]*?-->")


def adds_one_comment(before: str, after: str, language: Language) -> bool:
    """Tell whether the answer is the file with a comment or docstring more, in one place."""
    return is_same_code(before, after, language) and _num_places(before, after) == 1 and len(after) > len(before)


def is_same_code(before: str, after: str, language: Language) -> bool:
    """Tell whether two files differ by comments and blank lines at most, in Python by docstrings too."""
    if language.tag == "python":
        trees = _tree(before), _tree(after)
        if trees[0] or trees[1]:
            return trees[0] == trees[1]
    return without_comments(before, language) == without_comments(after, language)


def without_comments(text: str, language: Language) -> list[str]:
    """Return the lines that hold code, their comments taken out; what looks like one in a text stays."""
    pattern = {"#": _HASH, "<!--": _MARKUP}.get(language.comment_open, _SLASHES)
    kept = pattern.sub(lambda match: match.group() if match.group()[0] in "\"'`" else "", text)
    return [line.rstrip() for line in kept.split("\n") if line.strip()]


def _num_places(before: str, after: str) -> int:
    matcher = SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    return sum(tag != "equal" for tag, *_ in matcher.get_opcodes())


def _tree(text: str) -> str | None:
    """Return a Python file's syntax tree without docstrings; None where it does not parse, as excerpts may not."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
