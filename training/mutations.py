"""Small changes inside lines, the stuff that replacements are made of."""

import random
import re

from training import syntax

_OPERATORS = {
    "==": "!=", "!=": "==", "<=": "<", ">=": ">", " < ": " <= ", " > ": " >= ", " + ": " - ",
    " and ": " or ", " or ": " and ", "&&": "||", "||": "&&", "===": "!==", "!==": "===",
}  # fmt: skip


def mutate_line(random_source: random.Random, line: str, names: list[str]) -> str | None:
    """Return a line with one or two small changes, or None when there is nothing to change."""
    makers = [_change_literal, _change_operator, _change_name, _change_name, _change_call]
    maker = _change_words if _is_prose(line, names) else random_source.choice(makers)
    return maker(random_source, line, names)


def _is_prose(line: str, names: list[str]) -> bool:
    has_name = any(name in names for name in syntax.IDENTIFIER.findall(line))
    return not has_name and len(line.split()) > 4


def _change_words(random_source: random.Random, line: str, names: list[str]) -> str | None:
    """Drop a word of a sentence, or double another in its place."""
    found = list(re.finditer(r"(?<= )[A-Za-z]{2,}(?= )", line))
    if len(found) < 2:
        return None
    match, other = random_source.sample(found, 2)
    if random_source.random() < 0.5:
        return line[: match.start()] + line[match.end() + 1 :]
    changed = line[: match.start()] + other.group() + line[match.end() :]
    return changed if changed != line else None


def mutate_lines(random_source: random.Random, lines: list[str], names: list[str]) -> list[str]:
    """Change about half of the lines, drop or double the odd one."""
    changed = []
    for line in lines:
        chance = random_source.random()
        if chance < 0.5 and line.strip():
            changed.append(mutate_line(random_source, line, names) or line)
        elif chance > 0.92 and len(lines) > 2:
            continue
        else:
            changed.append(line)
    return changed


def _change_literal(random_source: random.Random, line: str, names: list[str]) -> str | None:
    found = list(re.finditer(r"(?<![\w.])\d+(?![\w.])|\"[\w ./-]{1,20}\"|'[\w ./-]{1,20}'", line))
    if not found:
        return None
    match = random_source.choice(found)
    new = syntax.new_literal(random_source, match.group())
    return line[: match.start()] + new + line[match.end() :]


def _change_operator(random_source: random.Random, line: str, names: list[str]) -> str | None:
    found = [old for old in _OPERATORS if line.count(old) == 1]
    if not found:
        return None
    old = max(found, key=len)
    return line.replace(old, _OPERATORS[old])


def _change_name(random_source: random.Random, line: str, names: list[str]) -> str | None:
    found = [m for m in syntax.IDENTIFIER.finditer(line) if m.group() in names]
    if not found:
        return None
    match = random_source.choice(found)
    known = [name for name in names if name != match.group()]
    use_known = known and random_source.random() < 0.4
    new = random_source.choice(known) if use_known else syntax.new_name(random_source, match.group())
    return line[: match.start()] + new + line[match.end() :]


def _change_call(random_source: random.Random, line: str, names: list[str]) -> str | None:
    """Give a call one more argument."""
    found = list(re.finditer(r"(?<=\w)\(([^()]*)\)", line))
    if not found or not names:
        return None
    match = random_source.choice(found)
    argument = random_source.choice([random_source.choice(names), str(random_source.randint(0, 9))])
    joined = f"{match.group(1)}, {argument}" if match.group(1).strip() else argument
    return f"{line[: match.start()]}({joined}){line[match.end() :]}"
