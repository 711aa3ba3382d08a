"""What the variable-length kernel is documented to compute, in plain products: for any device, one chunk at a time."""

import itertools

import torch
from torch.nn.attention import varlen


def plain_varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    cu_seq_q: torch.Tensor,
    cu_seq_k: torch.Tensor,
    window: list[int],
    scale: float,
    seqused_k: torch.Tensor | None,
    block_table: torch.Tensor | None,
) -> torch.Tensor:
    """
    Args:
        query: rows behind the last chunk are padding. Shape: [T, H, D].
        key: Shape: [sum of S, G, D], or with a block table [blocks, slots of a block, G, D].
        value: the same.
        window: keys seen left and right of a query's own; -1: all.

    Returns:
        Rows of padding are not numbers, as if never written. Shape: [T, H, D].
    """
    output = torch.full_like(query, float("nan"))
    bounds, key_bounds = cu_seq_q.tolist(), cu_seq_k.tolist()
    for index, (begin, end) in enumerate(itertools.pairwise(bounds)):
        if begin == end:
            continue
        if block_table is None or seqused_k is None:
            own = [cached[key_bounds[index] : key_bounds[index + 1]] for cached in (key, value)]
        else:
            num_keys = int(seqused_k[index])
            blocks = block_table[index, : -(-num_keys // key.shape[1])].long()
            own = [cached[blocks].flatten(0, 1)[:num_keys] for cached in (key, value)]
        output[begin:end] = _attend(query[begin:end], *own, window, scale)
    return output


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: list[int], scale: float
) -> torch.Tensor:
    """One query after the other, so that none feels the others in its last bit."""
    groups = query.shape[1] // key.shape[1]
    key, value = (cached.repeat_interleave(groups, 1).float() for cached in (key, value))
    left, right = window
    rows = []
    # The last query stands at the last key.
    for position, row in enumerate(query.float(), len(key) - len(query)):
        seen = slice(max(0, position - left) if left >= 0 else 0, position + right + 1 if right >= 0 else None)
        scores = torch.einsum("hd,khd->hk", row, key[seen]) * scale
        rows.append(torch.einsum("hk,khd->hd", scores.softmax(-1), value[seen]))
    return torch.stack(rows).to(query.dtype)


def _on_cpu(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    cu_seq_q: torch.Tensor,
    cu_seq_k: torch.Tensor,
    max_q: int,
    max_k: int,
    is_causal: bool = False,
    scale: float | None = None,
    window_size: list[int] | None = None,
    enable_gqa: bool = False,
    seqused_k: torch.Tensor | None = None,
    block_table: torch.Tensor | None = None,
    num_splits: int | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The operator below torch's varlen_attn, whose own checks of the arguments run before."""
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    window = window_size or [-1, -1]
    output = plain_varlen(query, key, value, cu_seq_q, cu_seq_k, window, factor, seqused_k, block_table)
    return output, query.new_empty(0, dtype=torch.float32), torch.zeros(2, dtype=torch.uint64)


def install_on_cpu() -> None:
    """Lets torch's varlen_attn run on CPU tensors, where it has no kernel of its own."""
    varlen._varlen_attn.register_kernel("cpu")(_on_cpu)
