"""Plans packed passes: which tokens of which sequences run together, where their K/V goes and what they attend to.

A row is one *lane* for its prefix and branch 0, and one lane for each further branch: a virtual sequence that reads the
K/V of the prefix and writes to slots of its own. Lanes are cut into *pieces* where a pass is full.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from rows import Row


@dataclass(slots=True, eq=False)
class Lane:
    """Tokens of one row that follow each other."""

    tokens: np.ndarray
    position: int
    """Position of the first token; the tokens before it are cached from slot `shared_slot` on."""

    shared_slot: int
    slot: int
    """Slot of the first token."""

    first_answer: int
    """Index of the first token whose logits are asked for."""

    argmax: np.ndarray = field(init=False)
    margin: np.ndarray = field(init=False)

    def __post_init__(self):
        answers = len(self.tokens) - self.first_answer
        self.argmax = np.empty(answers, np.int32)
        self.margin = np.empty(answers, np.float32)


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens `[begin, end)` of a lane."""

    lane: Lane
    begin: int
    end: int

    @property
    def num_tokens(self) -> int:
        return self.end - self.begin

    @property
    def tokens(self) -> np.ndarray:
        return self.lane.tokens[self.begin : self.end]

    @property
    def positions(self) -> np.ndarray:
        return np.arange(self.begin, self.end) + self.lane.position

    @property
    def key_spans(self) -> list[tuple[int, int]]:
        """Slots `[start, end)` that the piece's last token attends to, in the order of positions."""
        lane = self.lane
        shared_end = lane.shared_slot + lane.position
        if lane.slot == shared_end:
            return [(lane.shared_slot, lane.slot + self.end)]
        return [(lane.shared_slot, shared_end), (lane.slot, lane.slot + self.end)]

    @property
    def first_answer(self) -> int:
        """Index of the first token of the piece whose logits are asked for; `end` where there is none."""
        return min(max(self.begin, self.lane.first_answer), self.end)


def lanes_of(row: Row, slot: int) -> list[Lane]:
    """The row's lanes in the order in which they must run; `slot` is the first of the sequence's range."""
    main_length = row.length_after - row.keep
    lanes = [Lane(row.tokens[:main_length], row.keep, slot, slot + row.keep, row.prefix_length - 1)]
    offset = main_length
    for length in row.branches[1:]:
        tokens = row.tokens[offset : offset + length]
        lanes.append(Lane(tokens, row.base, slot, slot + row.keep + offset, 0))
        offset += length
    return [lane for lane in lanes if len(lane.tokens)]


def plan_passes(lanes: Iterable[Lane], max_tokens: int) -> Iterator[list[Piece]]:
    """Fills passes of at most `max_tokens` tokens, lane after lane; only lanes that do not fit are cut."""
    pieces: list[Piece] = []
    room = max_tokens
    for lane in lanes:
        begin = 0
        while begin < len(lane.tokens):
            end = min(len(lane.tokens), begin + room)
            pieces.append(Piece(lane, begin, end))
            room -= end - begin
            begin = end
            if room == 0:
                yield pieces
                pieces, room = [], max_tokens
    if pieces:
        yield pieces
