"""Which tokens of which sequences run together, where their K and V go, and what they attend to. Knows no tensors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.verify_step import TokenIds, VerifyStep

SlotSpan = tuple[int, int]
"""Slots `[start, end)`."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """
    Tokens of one step that follow each other. A further branch is a virtual sequence: it reads the K and V of the
    prefix and writes to slots of its own.
    """

    tokens: TokenIds
    position: int
    """Position of the first token; the tokens before it are cached from slot `shared_slot` on."""

    shared_slot: int
    slot: int
    """Slot of the first token."""

    first_answer: int
    """Index of the first token whose logits are asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Tokens `[begin, end)` of a lane."""

    lane: Lane
    begin: int
    end: int

    @property
    def num_tokens(self) -> int:
        return self.end - self.begin

    @property
    def tokens(self) -> TokenIds:
        return self.lane.tokens[self.begin : self.end]

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """Positions of the tokens in their sequence. Shape: [num_tokens]."""
        return np.arange(self.begin, self.end) + self.lane.position

    @property
    def slots(self) -> SlotSpan:
        """Where the K and V of the tokens go."""
        return self.lane.slot + self.begin, self.lane.slot + self.end

    @property
    def key_spans(self) -> list[SlotSpan]:
        """Slots that the last token attends to, in the order of positions."""
        lane = self.lane
        shared_end = lane.shared_slot + lane.position
        if lane.slot == shared_end:
            return [(lane.shared_slot, lane.slot + self.end)]
        return [(lane.shared_slot, shared_end), (lane.slot, lane.slot + self.end)]

    @property
    def num_keys(self) -> int:
        """Tokens that the last token attends to, itself included."""
        return self.lane.position + self.end

    @property
    def first_answer(self) -> int:
        """Index in the lane of the first token whose logits are asked for; `end` where there is none."""
        return min(max(self.begin, self.lane.first_answer), self.end)

    @property
    def num_answers(self) -> int:
        """Tokens whose logits are asked for: the last ones of the chunk."""
        return self.end - self.first_answer


def lanes_of(step: VerifyStep, slot: int) -> tuple[Lane, ...]:
    """
    The step's lanes in the order in which they must run.

    Args:
        slot: first slot of the sequence.
    """
    first_branch, *further = step.branch_lengths or (0,)
    offset = step.prefix_length + first_branch
    lanes = [Lane(step.tokens[:offset], step.keep_length, slot, slot + step.keep_length, step.prefix_length - 1)]
    for length in further:
        if length:
            tokens = step.tokens[offset : offset + length]
            lanes.append(Lane(tokens, step.prefix_end, slot, slot + step.keep_length + offset, 0))
        offset += length
    return tuple(lanes)


def schedule(lanes: Iterable[Lane], max_pass_tokens: int) -> Iterator[list[Chunk]]:
    """The chunks of each pass: passes are filled up lane after lane, and only lanes that do not fit are cut."""
    chunks: list[Chunk] = []
    num_free = max_pass_tokens
    for lane in lanes:
        begin = 0
        while begin < len(lane.tokens):
            end = min(len(lane.tokens), begin + num_free)
            chunks.append(Chunk(lane, begin, end))
            num_free -= end - begin
            begin = end
            if num_free == 0:
                yield chunks
                chunks, num_free = [], max_pass_tokens
    if chunks:
        yield chunks
