"""Tables in Markdown."""

NONE = "-"


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    """Return the lines of a table, an empty one before and after it."""
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(map(str, line))} |" for line in lines), ""]


def percent(share: float | None) -> str:
    """Return a share in percent."""
    return NONE if share is None else f"{100 * share:.0f} %"
