"""Tables in Markdown."""


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    """Return the lines of a table, an empty one before and after it."""
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(map(str, line))} |" for line in lines), ""]
