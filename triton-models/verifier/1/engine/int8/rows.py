"""What is computed per element or per row, made independent of the other rows of a pass."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

VECTOR_ELEMENTS = 128
"""A multiple of the elements that any CPU's vector loop takes at a time, for two threads."""

GRAIN = 32_768
"""Elements up to which torch leaves an operation to one thread."""


def padded_length(length: int) -> int:
    """The next multiple of whole vectors."""
    return -(-length // VECTOR_ELEMENTS) * VECTOR_ELEMENTS


class RowNorm(nn.Module):
    """Root mean square norm, each row by itself."""

    def __init__(self, weight: torch.Tensor, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(weight.detach().float(), requires_grad=False)
        self.epsilon = epsilon

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., K] → [..., K]."""
        return torch.rms_norm(hidden, self.weight.shape, self.weight, self.epsilon)


class ElementwiseActivation(nn.Module):
    """An activation function in calls that cut no row's vectors, whatever the number of rows and threads."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]):
        super().__init__()
        self.function = function

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[..., K] → [..., K]."""
        length = hidden.shape[-1]
        num_padding = padded_length(length) - length
        rows = hidden.reshape(-1, length)
        rows = functional.pad(rows, (0, num_padding)) if num_padding else rows.contiguous()
        return self._in_whole_vectors(rows)[:, :length].view(hidden.shape)

    def _in_whole_vectors(self, rows: torch.Tensor) -> torch.Tensor:
        if rows.numel() <= GRAIN or torch.get_num_threads() <= 2:
            return self.function(rows)
        # More threads would cut the elements into equal parts that begin anywhere.
        return torch.cat([self.function(block) for block in torch.split(rows, max(1, GRAIN // rows.shape[1]))])


class PositionTable(nn.Module):
    """A rotary embedding read from a table, which is computed in blocks of one shape."""

    BLOCK = 1024

    def __init__(self, rotary: Any):
        super().__init__()
        self._rotary = rotary
        self._cos = self._sin = torch.empty(0, 0)

    def forward(self, hidden: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions [1, T] → cosines and sines [1, T, D]."""
        while int(position_ids.max()) >= len(self._cos):
            self._grow(hidden)
        return self._cos[position_ids], self._sin[position_ids]

    def materialise(self, config: Any) -> None:
        """Computes what a model on the meta device lacks: its frequencies are not among the weights."""
        self._rotary = type(self._rotary)(config=config)

    def _grow(self, hidden: torch.Tensor) -> None:
        begin = len(self._cos)
        positions = torch.arange(begin, begin + self.BLOCK, device=hidden.device)[None]
        cos, sin = (table[0].float() for table in self._rotary(hidden.float(), positions))
        self._cos, self._sin = (cos, sin) if begin == 0 else (torch.cat((self._cos, cos)), torch.cat((self._sin, sin)))
