"""Tasks with an instruction about a whole function."""

import random
import re

from training import phrases, syntax
from training.tasks import Excerpt, Task, instructed, with_lines


def delete(excerpt: Excerpt, random_source: random.Random, block: syntax.Block) -> Task | None:
    """Delete a function that is named."""
    edited = _without(excerpt.lines, block)
    return instructed("delete", excerpt, random_source, phrases.DELETE_BLOCK, edited, name=block.name)


def _without(lines: list[str], block: syntax.Block) -> list[str]:
    """Remove a function and the blank lines that set it off."""
    before, after = lines[: block.start], lines[block.end :]
    while after and not after[0].strip():
        after = after[1:]
    while not after and before and not before[-1].strip():
        before = before[:-1]
    return before + after


def comment(excerpt: Excerpt, random_source: random.Random, block: syntax.Block, text: str) -> Task | None:
    """Put a comment above a function, or a docstring into it."""
    parts = {"text": text, "name": block.name}
    margin = syntax.indentation(excerpt.lines[block.header])
    body = excerpt.lines[block.header + 1]
    if excerpt.language.tag == "python" and '"""' not in body and random_source.random() < 0.7:
        quoted = [f'{syntax.indentation(body) or margin + "    "}"""{text}"""']
        edited = with_lines(excerpt, block.header + 1, quoted)
        return instructed("comment", excerpt, random_source, phrases.DOCSTRING, edited, **parts)
    edited = with_lines(excerpt, block.start, [margin + excerpt.language.comment(text)])
    return instructed("comment", excerpt, random_source, phrases.COMMENT_FUNCTION, edited, **parts)


def parameter(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Add a last parameter, a decorator or `async` to a function."""
    blocks = syntax.functions(excerpt.lines, excerpt.language)
    if not blocks:
        return None
    block = random_source.choice(blocks)
    header = excerpt.lines[block.header]
    tag = excerpt.language.tag
    chance = random_source.random()
    if tag == "python" and chance < 0.2:
        return _decorate(excerpt, random_source, block)
    if chance > 0.85 and (opened := re.match(r"\s*(?:export )?(?=def |function )", header)):
        edited = with_lines(excerpt, block.header, [f"{opened.group()}async {header[opened.end() :]}"], replaced=1)
        return instructed("parameter", excerpt, random_source, phrases.ASYNC, edited, name=block.name)
    return _last_parameter(excerpt, random_source, block)


def _decorate(excerpt: Excerpt, random_source: random.Random, block: syntax.Block) -> Task | None:
    new = "@" + syntax.new_name(random_source, "a_b")
    margin = syntax.indentation(excerpt.lines[block.header])
    edited = with_lines(excerpt, block.header, [margin + new])
    parts = {"name": block.name, "new": new}
    return instructed("parameter", excerpt, random_source, phrases.DECORATOR, edited, **parts)


def _last_parameter(excerpt: Excerpt, random_source: random.Random, block: syntax.Block) -> Task | None:
    header = excerpt.lines[block.header]
    match = re.search(rf"\b{block.name}\b[^()]*\(([^()]*)\)", header)
    if not match or match.group(1).rstrip().endswith((",", "**kwargs")) or "..." in match.group(1):
        return None
    name = syntax.new_name(random_source, "a_b" if "_" in block.name else "aB")
    new = _declaration(random_source, excerpt.language.tag, name)
    joined = f"{match.group(1)}, {new}" if match.group(1).strip() else new
    line = f"{header[: match.start(1)]}{joined}{header[match.end(1) :]}"
    edited = with_lines(excerpt, block.header, [line], replaced=1)
    parts = {"name": block.name, "new": new}
    passed = _passed_on(random_source, edited, block, name) if random_source.random() < 0.4 else None
    if passed:
        edited, parts["callee"] = passed
        return instructed("parameter", excerpt, random_source, phrases.PASS_ON, edited, **parts)
    return instructed("parameter", excerpt, random_source, phrases.PARAMETER, edited, **parts)


def _passed_on(
    random_source: random.Random, lines: list[str], block: syntax.Block, name: str
) -> tuple[list[str], str] | None:
    """Give a call in the function's body the new parameter as its last argument."""
    call = re.compile(r"(?<![\w.])([\w.]+)\(([^()]*)\)")
    body = range(block.header + 1, block.end)
    calls = [(i, match) for i in body for match in call.finditer(lines[i])]
    callees = [match.group(1) for _, match in calls]
    single = [(i, m) for i, m in calls if callees.count(m.group(1)) == 1 and m.group(1) not in syntax.RESERVED]
    if not single:
        return None
    index, match = random_source.choice(single)
    joined = f"{match.group(2)}, {name}" if match.group(2).strip() else name
    line = f"{lines[index][: match.start(2)]}{joined}{lines[index][match.end(2) :]}"
    return [*lines[:index], line, *lines[index + 1 :]], match.group(1)


def _declaration(random_source: random.Random, tag: str, name: str) -> str:
    if tag == "python":
        return name + random_source.choice(["=None", "=False", ": int = 0", ': str = ""', "=10"])
    if tag in {"typescript", "tsx"}:
        return name + random_source.choice([": string", "?: number", " = false", ": boolean"])
    if tag in {"javascript", "jsx"}:
        return name + random_source.choice(["", " = null", " = {}", " = 0"])
    if tag == "go":
        return name + random_source.choice([" string", " int", " bool"])
    if tag == "rust":
        return name + random_source.choice([": usize", ": &str", ": bool"])
    return random_source.choice(["int ", "boolean " if tag == "java" else "const char *"]) + name


def add_function(excerpt: Excerpt, random_source: random.Random) -> Task | None:
    """Add a function given in full, after another one or at the end of the file."""
    blocks = syntax.functions(excerpt.lines, excerpt.language)
    if len(blocks) < 2:
        return None
    index = random_source.randrange(1, len(blocks))
    previous, block = blocks[index - 1], blocks[index]
    gap = excerpt.lines[previous.end : block.start]
    if any(line.strip() for line in gap) or block.start < previous.end or not gap:
        return None
    original = excerpt.lines[: previous.end] + excerpt.lines[block.end :]
    text = "\n".join(excerpt.lines[block.start : block.end])
    parts = {"name": previous.name, "code": text}
    last = block.end == len(excerpt.lines)
    wordings = phrases.ADD_FUNCTION_LAST if last else phrases.ADD_FUNCTION_AFTER
    given = Excerpt(original, excerpt.language, excerpt.path)
    return instructed("add-function", given, random_source, wordings, excerpt.lines, **parts)
