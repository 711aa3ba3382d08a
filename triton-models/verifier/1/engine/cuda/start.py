"""Whether a device runs passes by the variable-length kernel, and the runner where it does."""

from typing import Any

import torch

from engine.cuda.cuda_graph import GraphCapture
from engine.cuda.cuda_runner import CudaRunner
from engine.cuda.padded_cache import PaddedKvCache


def has_varlen_kernel(device: torch.device, dtype: torch.dtype) -> bool:
    """Elsewhere attention is SDPA's, one call per chunk."""
    return device.type == "cuda" and dtype in (torch.bfloat16, torch.float16)


def cuda_runner(model: Any, kv_cache: PaddedKvCache, max_pass_tokens: int, *, with_graphs: bool) -> CudaRunner:
    """A runner over PyTorch's kernel."""
    from torch.nn.attention.varlen import varlen_attn

    capture = GraphCapture(kv_cache.device) if with_graphs else None
    return CudaRunner(model, kv_cache, varlen_attn, max_pass_tokens, capture)
