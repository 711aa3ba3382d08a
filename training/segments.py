"""An edit as a list of segments, and the update snippet that shows it."""

from dataclasses import dataclass, field

from training.languages import Language


@dataclass(frozen=True)
class Segment:
    """Consecutive lines before and after the edit; equal where nothing changes."""

    before: list[str]
    after: list[str]

    @property
    def changes(self) -> bool:
        """Tell whether the segment is part of the edit."""
        return self.before != self.after


@dataclass
class Edit:
    """The segments of a whole file, in order."""

    segments: list[Segment] = field(default_factory=list)

    @property
    def original(self) -> list[str]:
        """The lines before the edit."""
        return [line for segment in self.segments for line in segment.before]

    @property
    def edited(self) -> list[str]:
        """The lines after the edit."""
        return [line for segment in self.segments for line in segment.after]


def split(lines: list[str], hunks: list[tuple[int, int, list[str]]]) -> Edit:
    """Return the edit that replaces `lines[low:high]` for every hunk (low, high, new lines)."""
    segments, position = [], 0
    for low, high, new in hunks:
        segments.append(Segment(lines[position:low], lines[position:low]))
        segments.append(Segment(lines[low:high], new))
        position = high
    segments.append(Segment(lines[position:], lines[position:]))
    return Edit([segment for segment in segments if segment.before or segment.after])


def snippet(edit: Edit, language: Language, context: int, *, indent: bool) -> list[str]:
    """Show the changed lines with `context` lines around them and a marker for every gap."""
    shown: list[str] = []
    last = len(edit.segments) - 1
    for index, segment in enumerate(edit.segments):
        if segment.changes:
            shown += segment.after
            continue
        head = 0 if index == 0 else context
        tail = 0 if index == last else context
        shown += _elide(segment.after, head, tail, language, indent=indent)
    return shown


def _elide(lines: list[str], head: int, tail: int, language: Language, *, indent: bool) -> list[str]:
    # A marker in place of a single line would be no shorter than the line.
    if len(lines) <= head + tail + 1:
        return lines
    kept_head, kept_tail = lines[:head], lines[len(lines) - tail :]
    neighbour = (kept_tail or kept_head or [""])[0 if kept_tail else -1]
    margin = neighbour[: len(neighbour) - len(neighbour.lstrip())] if indent else ""
    return [*kept_head, margin + language.marker, *kept_tail]


def is_placeable(edit: Edit, context: int) -> bool:
    """Tell whether every change has a neighbour of `context` lines found once in the original."""
    original = edit.original
    # An empty segment at either end stands for the margin of the file.
    segments = [Segment([], []), *edit.segments, Segment([], [])]
    return all(
        _once(previous.before[-context:], original) or _once(following.before[:context], original)
        for previous, segment, following in zip(segments, segments[1:], segments[2:], strict=False)
        if segment.changes
    )


def _once(needle: list[str], lines: list[str]) -> bool:
    if not any(line.strip() for line in needle):
        return False
    width = len(needle)
    return sum(lines[i : i + width] == needle for i in range(len(lines) - width + 1)) == 1
