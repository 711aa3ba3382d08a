"""Which tokens of which sequences run together, where their K and V go, and what they attend to. Knows no tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.block_table import BlockTable, SlotSpan
from engine.verify_step import TokenIds, VerifyStep

OLDEST_SHARE = 4
"""One part in so many of a pass belongs to the step that has waited longest."""

SHARED_SHARE = 2
"""
One part in so many of a full pass is all that a pass holds where some wait for its end and others go on behind it:
whoever decodes beside long prompts waits for shorter passes, and the prompts pay only for a few passes more.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """
    Tokens of one step that follow each other. A further branch is a virtual sequence: it reads the K and V of the
    prefix and writes to slots of its own.
    """

    tokens: TokenIds
    table: BlockTable
    position: int
    """Position of the first token; the tokens before it are the table's first ones."""

    entry: int
    """The first token's place in the table."""

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
    def slots(self) -> list[SlotSpan]:
        """Where the K and V of the tokens go."""
        return self.lane.table.spans(self.lane.entry + self.begin, self.lane.entry + self.end)

    @property
    def is_further_branch(self) -> bool:
        """Whether the keys are not simply the table's first entries."""
        return self.lane.entry != self.lane.position

    @property
    def key_spans(self) -> list[SlotSpan]:
        """Slots that the last token attends to, in the order of positions."""
        lane = self.lane
        if not self.is_further_branch:
            return lane.table.spans(0, lane.entry + self.end)
        return [*lane.table.spans(0, lane.position), *lane.table.spans(lane.entry, lane.entry + self.end)]

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


def lanes_of(step: VerifyStep, table: BlockTable) -> tuple[Lane, ...]:
    """The step's lanes in the order in which they must run: the prefix with the first branch, then each further one."""
    first_branch, *further = step.branch_lengths or (0,)
    offset = step.prefix_length + first_branch
    lanes = [Lane(step.tokens[:offset], table, step.keep_length, step.keep_length, step.prefix_length - 1)]
    for length in further:
        if length:
            tokens = step.tokens[offset : offset + length]
            lanes.append(Lane(tokens, table, step.prefix_end, step.keep_length + offset, 0))
        offset += length
    return tuple(lanes)


def share_out(num_left: Sequence[int], max_pass_tokens: int, *, is_awaited: bool = False) -> list[int]:
    """
    Shortest remaining work first, so that a step answers as early as the others allow. A part of each pass belongs to
    the oldest step, so that whoever waits becomes the oldest and ends, however many shorter steps arrive.

    Args:
        num_left: tokens that each step has still to run, in the order of their arrival.
        is_awaited: whether the pass's end is waited for by more than those of its own steps that it answers.

    Returns:
        Tokens of each in the next pass.
    """
    shares = _shortest_first(num_left, max_pass_tokens)
    num_done = sum(share for share, left in zip(shares, num_left, strict=True) if share == left)
    if num_done == sum(shares) or not (num_done or is_awaited):
        return shares
    with_oldest = num_done + num_done // (OLDEST_SHARE - 1) + 1
    return _shortest_first(num_left, min(max_pass_tokens, max(max_pass_tokens // SHARED_SHARE, with_oldest)))


def _shortest_first(num_left: Sequence[int], num_tokens: int) -> list[int]:
    num_oldest = max(1, num_tokens // OLDEST_SHARE)
    shares = [min(left, num_oldest) for left in num_left[:1]] + [0] * (len(num_left) - 1)
    num_free = num_tokens - sum(shares)
    for index in sorted(range(len(num_left)), key=num_left.__getitem__):
        more = min(num_left[index] - shares[index], num_free)
        shares[index] += more
        num_free -= more
    return shares
