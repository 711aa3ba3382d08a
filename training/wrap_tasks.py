"""Tasks that wrap a statement of one line in a try block or a condition."""

import random
import re

from training import phrases, syntax
from training.tasks import Excerpt, Task, instructed, with_lines

_CATCH = {
    "python": "except Exception:",
    "typescript": "} catch (error) {",
    "tsx": "} catch (error) {",
    "javascript": "} catch (error) {",
    "jsx": "} catch (error) {",
    "java": "} catch (Exception e) {",
}


def wrap(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Wrap a call that is quoted; handler or condition are given."""
    end = re.escape(excerpt.language.statement_end)
    pattern = re.compile(rf"\s+[\w.]+(?:\.\w+| = [\w.]+)?\(.*\){end}$")
    lines = excerpt.lines
    calls = [i for i, n in enumerate(lines) if pattern.match(n) and syntax.occurs_once(n, lines)]
    found = [i for i in calls if syntax.is_statement(lines, i)]
    if not found:
        return None
    index = random_source.choice(found)
    catches = excerpt.language.tag in _CATCH
    wrapper = _in_try if catches and random_source.random() < 0.6 else _in_condition
    wordings, wrapped, parts = wrapper(excerpt, random_source, index)
    edited = with_lines(excerpt, index, wrapped, replaced=1)
    parts["line"] = lines[index].strip()
    return instructed("wrap", excerpt, random_source, wordings, edited, **parts)


def _in_try(excerpt: Excerpt, random_source: random.Random, index: int):
    tag, margin, inner = _surroundings(excerpt, index)
    is_python = tag == "python"
    name = syntax.new_name(random_source, "a_b" if is_python else "aB")
    handler = f"{name}(){excerpt.language.statement_end}"
    wrapped = [
        f"{margin}try:" if is_python else f"{margin}try {{",
        inner + excerpt.lines[index].strip(),
        margin + _CATCH[tag],
        inner + handler,
    ]
    parts = {"handler": handler, "catch": "except" if is_python else "catch"}
    return phrases.WRAP, wrapped + ([] if is_python else [f"{margin}}}"]), parts


def _in_condition(excerpt: Excerpt, random_source: random.Random, index: int):
    tag, margin, inner = _surroundings(excerpt, index)
    is_python = tag == "python"
    condition = syntax.new_name(random_source, "a_b" if is_python else "aB")
    head = f"if {condition}" if tag in {"python", "go", "rust"} else f"if ({condition})"
    wrapped = [
        f"{margin}{head}:" if is_python else f"{margin}{head} {{",
        inner + excerpt.lines[index].strip(),
    ]
    return phrases.WRAP_IF, wrapped + ([] if is_python else [f"{margin}}}"]), {"head": head}


def _surroundings(excerpt: Excerpt, index: int) -> tuple[str, str, str]:
    """Return tag, indentation and the indentation one level below, by the file's own step."""
    margin = syntax.indentation(excerpt.lines[index])
    # The lines of a block comment are set one space off, which is no step of the code's.
    indented = [line for line in excerpt.lines if line[:1].isspace() and line.strip()]
    code = [line for line in indented if not line.lstrip().startswith("*")]
    step = min(map(syntax.indentation, code), key=len, default="    ")
    return excerpt.language.tag, margin, margin + step
