"""Which blocks of the KV cache hold which beginnings of prompts. Knows no tensors."""

from dataclasses import dataclass

import numpy as np

from engine.verify_step import TokenIds


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    block: int
    key: tuple[int, bytes]


ROOT = 0
"""Number of what comes before a first block."""


class PrefixIndex:
    """
    A block is found by the number of the block before it and its own tokens, so by all tokens up to its end. The hash
    of the key only leads there: a dictionary compares the keys themselves. Numbers are never used twice, so that what
    continued a forgotten block is not found behind another one.
    """

    def __init__(self, block_tokens: int):
        self._block_tokens = block_tokens
        self._by_key: dict[tuple[int, bytes], _Entry] = {}
        self._by_block: dict[int, _Entry] = {}
        self._last_number = ROOT

    def __contains__(self, block: int) -> bool:
        return block in self._by_block

    def match(self, tokens: TokenIds) -> list[int]:
        """The blocks of the longest known beginning of the tokens, whole blocks only."""
        blocks, number = [], ROOT
        for part in self._whole_blocks(tokens):
            entry = self._by_key.get((number, part))
            if entry is None:
                break
            blocks.append(entry.block)
            number = entry.number
        return blocks

    def insert(self, tokens: TokenIds, blocks: list[int]) -> None:
        """Notes that the blocks hold the tokens; of two blocks with the same tokens the first stays the known one."""
        number = ROOT
        for part, block in zip(self._whole_blocks(tokens), blocks, strict=False):
            key = (number, part)
            entry = self._by_key.get(key)
            if entry is None:
                self._last_number += 1
                entry = _Entry(self._last_number, block, key)
                self._by_key[key] = self._by_block[block] = entry
            number = entry.number

    def forget(self, block: int) -> None:
        """The block will hold something else. What continues it is not found any more."""
        del self._by_key[self._by_block.pop(block).key]

    def _whole_blocks(self, tokens: TokenIds) -> list[bytes]:
        size = self._block_tokens
        tokens = np.ascontiguousarray(tokens, np.int32)
        return [tokens[end - size : end].tobytes() for end in range(size, len(tokens) + 1, size)]
