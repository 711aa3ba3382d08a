"""Which blocks of the KV cache belong to whom. Knows no tensors."""

from collections import OrderedDict

import numpy as np

from engine.prefix_index import PrefixIndex
from engine.verify_step import TokenIds


class BlockPool:
    """
    A block is in use by one sequence or several; or cached: in use by none, but it holds the beginning of a prompt; or
    free.

    Args:
        wants_runs: whether adjacent blocks are worth more than cached ones: attention then reads a view of them.
        keeps_prefixes: whether the beginnings of prompts are kept for others.
    """

    def __init__(self, num_blocks: int, block_tokens: int, *, wants_runs: bool, keeps_prefixes: bool):
        self.block_tokens = block_tokens
        self.num_blocks = num_blocks
        self._wants_runs = wants_runs
        self._keeps_prefixes = keeps_prefixes
        self._num_users = np.zeros(num_blocks, np.int32)
        self._is_free = np.ones(num_blocks, bool)
        self._cached: OrderedDict[int, None] = OrderedDict()
        """The least recently used first."""

        self._prefixes = PrefixIndex(block_tokens)

    @property
    def num_cached(self) -> int:
        """Blocks that nobody uses and that hold the beginning of a prompt."""
        return len(self._cached)

    @property
    def num_available(self) -> int:
        """Blocks that can be had at once."""
        return int(self._is_free.sum()) + self.num_cached

    def is_shared(self, block: int) -> bool:
        """Whether more than one sequence uses the block."""
        return bool(self._num_users[block] > 1)

    def allocate(self, num_blocks: int, after: int | None = None) -> list[int]:
        """
        Takes blocks that are available, in adjacent runs where it can be done, the first one right behind `after`.
        """
        blocks: list[int] = []
        while len(blocks) < num_blocks:
            num_missing = num_blocks - len(blocks)
            following = after + 1 if after is not None else self.num_blocks
            if following == self.num_blocks or not self._is_free[following]:
                following = self._find_room(num_missing)
            # As far as the free ones reach.
            taken = self._is_free[following : following + num_missing]
            count = len(taken) if taken.all() else int(taken.argmin())
            blocks += range(following, following + count)
            self._is_free[following : following + count] = False
            after = following + count - 1
        self._num_users[blocks] = 1
        return blocks

    def share(self, tokens: TokenIds) -> list[int]:
        """The blocks that hold the longest known beginning of the tokens, with one more user."""
        blocks = self._prefixes.match(tokens)
        self._num_users[blocks] += 1
        for block in blocks:
            self._cached.pop(block, None)
        return blocks

    def publish(self, tokens: TokenIds, blocks: list[int]) -> None:
        """Lets others share the blocks that hold the beginning of a prompt."""
        if self._keeps_prefixes:
            self._prefixes.insert(tokens, blocks)

    def withdraw(self, block: int) -> None:
        """The block's only user changes it: from now on nobody finds it as the beginning of a prompt."""
        if block in self._prefixes:
            self._prefixes.forget(block)

    def release(self, blocks: list[int]) -> None:
        """Takes one user away from each."""
        self._num_users[blocks] -= 1
        # The end of a prompt first, so that it goes before what it continues.
        for block in reversed(blocks):
            if self._num_users[block] == 0:
                if block in self._prefixes:
                    self._cached[block] = None
                else:
                    self._is_free[block] = True

    def _find_room(self, num_blocks: int) -> int:
        """The first of as many adjacent free blocks as can be had, of `num_blocks` if possible."""
        start, length = self._longest_gap()
        while self._cached and (length == 0 or (self._wants_runs and length < num_blocks)):
            block, _ = self._cached.popitem(last=False)
            self._prefixes.forget(block)
            self._is_free[block] = True
            start, length = self._longest_gap()
        assert length, "more blocks were asked for than are available"
        # Room on both sides, for the sequence before the gap grows too.
        return start + (max(0, length - num_blocks) // 2 if start else 0)

    def _longest_gap(self) -> tuple[int, int]:
        """First block and length of the longest run of free blocks."""
        edges = np.flatnonzero(np.diff(self._is_free, prepend=False, append=False))
        if len(edges) == 0:
            return 0, 0
        starts, ends = edges[::2], edges[1::2]
        longest = int((ends - starts).argmax())
        return int(starts[longest]), int(ends[longest] - starts[longest])
