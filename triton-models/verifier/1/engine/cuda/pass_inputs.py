"""The integers that a pass needs on the device, in one block of memory and sent by one copy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.block_table import SlotSpan
from engine.cuda.pass_shape import PassShape
from engine.scheduler import Chunk


@dataclass(frozen=True, slots=True, eq=False)
class PassTensors:
    """Views of one block. T, N and so on count the padding too."""

    tokens: torch.Tensor
    """Shape: [T], int64."""

    positions: torch.Tensor
    """Shape: [T], int64."""

    slots: torch.Tensor
    """Where K and V of each token go. Shape: [T], int64."""

    answers: torch.Tensor
    """Packed positions whose logits are asked for. Shape: [answers], int64."""

    key_slots: torch.Tensor
    """Slots of all keys, chunk by chunk, where they are gathered. Shape: [sum of S], int64."""

    cu_seqlens_q: torch.Tensor
    """Start of each chunk's queries among the packed ones, then their end. Shape: [N + 1], int32."""

    cu_seqlens_k: torch.Tensor
    """The same for the keys. Shape: [N + 1], int32."""

    seqused_k: torch.Tensor
    """Keys of each chunk. Shape: [N], int32."""

    block_table: torch.Tensor
    """Blocks that hold each chunk's keys. Shape: [N, table_width], int32."""

    @classmethod
    def over(cls, block: torch.Tensor, shape: PassShape) -> "PassTensors":
        """The fields of a block of `num_words(shape)` int64 numbers."""
        longs, integers = _sizes(shape)
        tokens, positions, slots, answers, key_slots = _cut(block, longs)
        cu_seqlens_q, cu_seqlens_k, seqused_k, table = _cut(block[sum(longs) :].view(torch.int32), integers)
        return cls(
            tokens,
            positions,
            slots,
            answers,
            key_slots,
            cu_seqlens_q,
            cu_seqlens_k,
            seqused_k,
            table.view(shape.num_chunks, shape.table_width),
        )


def num_words(shape: PassShape) -> int:
    """Numbers of 8 bytes in the block."""
    longs, integers = _sizes(shape)
    return sum(longs) + -(-sum(integers) // 2)


class PassInputs:
    """
    The block twice: in pinned memory, where a pass is written, and on the device, where it stays in place.

    Args:
        padding_slot: where K and V of padding tokens go; no sequence owns it.
    """

    def __init__(self, shape: PassShape, device: torch.device, block_tokens: int, padding_slot: int):
        self.shape = shape
        self.block_tokens = block_tokens
        self._padding_slot = padding_slot
        self._written = torch.zeros(num_words(shape), dtype=torch.int64, pin_memory=device.type == "cuda")
        self._sent = torch.empty(len(self._written), dtype=torch.int64, device=device)
        self._fields = PassTensors.over(self._written, shape)
        self.tensors = PassTensors.over(self._sent, shape)
        """What is computed from: nothing before the first `send`, and the next one overwrites it."""

    def send(self, chunks: Sequence[Chunk]) -> None:
        """Starts the copy of a pass over `chunks`. The pass before must have been waited for."""
        self._write(chunks)
        self._sent.copy_(self._written, non_blocking=True)

    def _write(self, chunks: Sequence[Chunk]) -> None:
        fields = self._fields
        ends = np.cumsum([chunk.num_tokens for chunk in chunks], dtype=np.int64)
        key_ends = np.cumsum([chunk.num_keys for chunk in chunks], dtype=np.int64)
        num_tokens, num_keys = (int(all_ends[-1]) if chunks else 0 for all_ends in (ends, key_ends))
        _put(fields.tokens, (chunk.tokens for chunk in chunks), 0)
        _put(fields.positions, (chunk.positions for chunk in chunks), 0)
        _put(fields.slots, _ranges(span for chunk in chunks for span in chunk.slots), self._padding_slot)
        _put(fields.answers, (np.arange(end - c.num_answers, end) for c, end in zip(chunks, ends, strict=True)), 0)
        # Chunks of padding begin and end behind the last one.
        _put(fields.cu_seqlens_q[1:], [ends], num_tokens)
        _put(fields.cu_seqlens_k[1:], [key_ends], num_keys)
        _put(fields.seqused_k, [np.array([chunk.num_keys for chunk in chunks], np.int64)], 0)
        if self.shape.num_gathered_keys:
            _put(fields.key_slots, _ranges(span for chunk in chunks for span in chunk.key_spans), self._padding_slot)
        else:
            self._write_table(chunks)

    def _write_table(self, chunks: Sequence[Chunk]) -> None:
        """What an earlier pass left behind a row's blocks is never read."""
        table = self._fields.block_table.numpy()
        for row, chunk in zip(table, chunks, strict=False):
            num_blocks = -(-chunk.num_keys // self.block_tokens)
            row[:num_blocks] = chunk.lane.table.blocks[:num_blocks]


def _sizes(shape: PassShape) -> tuple[list[int], list[int]]:
    """Numbers in each field of int64, and of int32."""
    num_tokens, num_chunks = shape.num_tokens, shape.num_chunks
    longs = [num_tokens, num_tokens, num_tokens, shape.num_answers, shape.num_gathered_keys]
    return longs, [num_chunks + 1, num_chunks + 1, num_chunks, num_chunks * shape.table_width]


def _cut(block: torch.Tensor, sizes: list[int]) -> list[torch.Tensor]:
    ends = np.cumsum(sizes).tolist()
    return [block[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _put(field: torch.Tensor, parts: Iterable[npt.NDArray[Any]], rest: int) -> None:
    array, begin = field.numpy(), 0
    for part in parts:
        array[begin : begin + len(part)] = part
        begin += len(part)
    array[begin:] = rest


def _ranges(spans: Iterable[SlotSpan]) -> Iterable[npt.NDArray[np.int64]]:
    return (np.arange(*span) for span in spans)
