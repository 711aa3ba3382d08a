"""Layers whose weights are int8 with a scale per output channel."""

import torch
from torch import nn

from engine.int8.native import library
from engine.int8.native.structures import Linear
from engine.int8.products import (
    HIGHEST,
    int_product,
    join_wide_products,
    quantise_rows,
    quantise_wide_rows,
)

_ALL = slice(None)


def quantise_weight(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """float [N, K] → int8 [N, K] and float32 scales [N]."""
    weight = weight.detach().float()
    scales = weight.abs().amax(1).clamp_min_(1e-30) / HIGHEST
    return (weight / scales[:, None]).round_().to(torch.int8).contiguous(), scales


class Int8Linear(nn.Module):
    """
    A linear layer.

    Args:
        weight: float. Shape: [N, K].
        bias: float. Shape: [N].
        is_wide: take activations in 15 bits instead of 8; see `to_int8`.
    """

    weight: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None, *, is_wide: bool = True):
        super().__init__()
        quantised, scales = quantise_weight(weight)
        self.register_buffer("weight", quantised)
        self.register_buffer("scales", scales)
        self.register_buffer("bias", None if bias is None else bias.detach().float().clone())
        self.is_wide = is_wide

    @property
    def structure(self) -> Linear:
        """What the native library reads of it."""
        return Linear.of(self.weight, self.scales, self.bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 [..., K] → float32 [..., N]."""
        rows = hidden.reshape(-1, hidden.shape[-1])
        native = self._library()
        if native:
            output = rows.new_empty(len(rows), len(self.weight))
            native.linear(self.structure, rows.contiguous(), output)
        else:
            output = self._products(*self._quantise(rows), _ALL)
            if self.bias is not None:
                output.add_(self.bias)
        return output.view(*hidden.shape[:-1], -1)

    def _library(self) -> library.Library | None:
        return library.native_library() if self.is_wide else None

    def _quantise(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return quantise_wide_rows(rows) if self.is_wide else quantise_rows(rows)

    def _products(self, quantised: torch.Tensor, row_scales: torch.Tensor, channels: slice) -> torch.Tensor:
        """Float32 outputs without the bias. Shape: [T, channels]."""
        products = int_product(quantised, self.weight[channels]).float()
        if self.is_wide:
            products = join_wide_products(products)
        return products.mul_(self.scales[channels]).mul_(row_scales)


class Int8Head(Int8Linear):
    """The output layer: so many channels that they are computed in blocks, into memory that every pass uses again."""

    BLOCK = 4096

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None, *, is_wide: bool = True):
        super().__init__(weight, bias, is_wide=is_wide)
        self._logits = torch.empty(0, len(weight))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 [..., K] → float32 [..., N], valid until the next call."""
        rows = hidden.reshape(-1, hidden.shape[-1])
        num_rows, num_channels = len(rows), len(self.weight)
        if num_rows > len(self._logits):
            self._logits = torch.empty(num_rows, num_channels)
        logits = self._logits[:num_rows]
        native = self._library()
        if native:
            native.linear(self.structure, rows.contiguous(), logits)
        else:
            self._write_blocks(rows, logits)
        return logits.view(*hidden.shape[:-1], -1)

    def _write_blocks(self, rows: torch.Tensor, logits: torch.Tensor) -> None:
        quantised, row_scales = self._quantise(rows)
        num_channels = len(self.weight)
        for begin in range(0, num_channels, self.BLOCK):
            channels = slice(begin, begin + self.BLOCK)
            logits[:, channels] = self._products(quantised, row_scales, channels)
        if self.bias is not None:
            logits.add_(self.bias)


class Int8Embedding(nn.Module):
    """Token embeddings as int8 rows: the tensors of the head where the model ties the two."""

    weight: torch.Tensor
    scales: torch.Tensor

    def __init__(self, weight: torch.Tensor, scales: torch.Tensor):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("scales", scales)

    @property
    def num_embeddings(self) -> int:
        """Tokens of the vocabulary."""
        return self.weight.shape[0]

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """int64 [...] → float32 [..., K]."""
        return self.weight[token_ids].float().mul_(self.scales[token_ids][..., None])
