"""The variable-length kernel beside plain products: padding chunks, blocks in any order, windows, shared keys."""

from collections.abc import Iterator

import torch
from bench.gpu.plain_kernel import install_on_cpu, plain_varlen
from bench.gpu.scale import Scale
from bench.gpu.section import Figure
from torch.nn.attention.varlen import varlen_attn

BLOCK_TOKENS = 256
NUM_BLOCKS = 12
NUM_HEADS, NUM_KV_HEADS, HEAD_DIM = 8, 2, 64
LENGTHS = ((1, 1), (1, 300), (17, 17), (40, 600), (0, 0), (0, 0))
"""Queries and keys of each chunk; the last ones are padding."""

TOLERANCE = 0.02


def run(scale: Scale) -> Iterator[Figure]:
    """The section."""
    if scale.device.type == "cpu":
        install_on_cpu()
    for is_paged in (True, False):
        for window in ((-1, 0), (99, 0)):
            name = f"{'blocks' if is_paged else 'gathered'}, {'all keys' if window[0] < 0 else 'window'}"
            error = _largest_error(scale.device, is_paged=is_paged, window=window)
            yield Figure(name, {"largestError": error})
            if not error <= TOLERANCE:
                raise ValueError(f"{name}: expected an error of at most {TOLERANCE}, got {error}")


def _largest_error(device: torch.device, *, is_paged: bool, window: tuple[int, int]) -> float:
    torch.manual_seed(0)
    num_queries, num_keys = (torch.tensor(counts, dtype=torch.int32) for counts in zip(*LENGTHS, strict=True))
    cu_q, cu_k = (
        torch.cat((torch.zeros(1), counts.cumsum(0))).to(device, torch.int32) for counts in (num_queries, num_keys)
    )
    used = int(cu_q[-1])
    # Rows behind the last chunk are the padding of a bucket.
    query = torch.randn(64, NUM_HEADS, HEAD_DIM, device=device, dtype=torch.bfloat16)
    shape = (NUM_BLOCKS, BLOCK_TOKENS) if is_paged else (int(cu_k[-1]),)
    key, value = (torch.randn(*shape, NUM_KV_HEADS, HEAD_DIM, device=device, dtype=torch.bfloat16) for _ in range(2))
    table = torch.randperm(NUM_BLOCKS)[: 2 * len(LENGTHS)].view(len(LENGTHS), 2)
    table = torch.cat((table, table[:, :1]), 1).to(device, torch.int32) if is_paged else None
    seqused = num_keys.to(device) if is_paged else None
    paging = {"block_table": table, "seqused_k": seqused} if is_paged else {}
    output = varlen_attn(
        query, key, value, cu_q, cu_k, len(query), 3 * BLOCK_TOKENS,
        window_size=window, enable_gqa=True, num_splits=1, **paging,
    )  # fmt: skip
    expected = plain_varlen(query, key, value, cu_q, cu_k, list(window), HEAD_DIM**-0.5, seqused, table)
    return float((output.float() - expected.float())[:used].abs().max())
