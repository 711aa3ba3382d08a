"""An edit as a list of segments."""

from dataclasses import dataclass, field


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


def stands_once(needle: list[str], lines: list[str]) -> bool:
    """Tell whether consecutive lines, not all of them blank, are found in one place."""
    if not any(line.strip() for line in needle):
        return False
    width = len(needle)
    return sum(lines[i : i + width] == needle for i in range(len(lines) - width + 1)) == 1
