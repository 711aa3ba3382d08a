"""Runners over random weights, and their passes over one sequence."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from bench.gpu.plain_kernel import install_on_cpu
from torch.nn.attention.varlen import varlen_attn
from transformers import AutoModelForCausalLM, LlamaConfig

from engine.block_pool import BlockPool
from engine.block_table import BlockTable
from engine.cuda.cuda_graph import Capture, GraphCapture
from engine.cuda.cuda_runner import CudaRunner
from engine.cuda.padded_cache import CUDA_BLOCK_TOKENS, PaddedKvCache
from engine.kv_cache import KvCache, bytes_per_token
from engine.model_probe import probe_layers
from engine.model_runner import GreedyChoices, ModelRunner
from engine.scheduler import Chunk, Lane
from engine.verify_step import TokenIds

MAX_PASS_TOKENS = 1024


def random_llama(sizes: dict[str, Any], device: torch.device) -> Any:
    """A model of these sizes in bfloat16, made on the device."""
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(LlamaConfig(**sizes), dtype=torch.bfloat16)
    return model.eval().requires_grad_(False)


def make_runner(model: Any, num_tokens: int, *, with_graphs: bool) -> ModelRunner:
    """
    The engine's runner with room for so many tokens. On a CPU the kernel is one of plain products, and what stands for
    a graph is the function itself.
    """
    parameter = next(model.parameters())
    pool = BlockPool(-(-num_tokens // CUDA_BLOCK_TOKENS), CUDA_BLOCK_TOKENS, wants_runs=False, keeps_prefixes=False)
    shapes = probe_layers(model)
    is_cuda = parameter.device.type == "cuda"
    if is_cuda and parameter.dtype is torch.float32:
        # The kernel has no float32.
        return ModelRunner(model, KvCache(shapes, pool, parameter.dtype, parameter.device))
    if not is_cuda:
        install_on_cpu()
    kv_cache = PaddedKvCache(shapes, pool, parameter.dtype, parameter.device)
    capture: Capture = GraphCapture(parameter.device) if is_cuda else (lambda compute: compute)
    return CudaRunner(model, kv_cache, varlen_attn, MAX_PASS_TOKENS, capture if with_graphs else None)


class Text:
    """Tokens of one sequence, run in any pieces: what a piece overwrites is as if it had never been there."""

    def __init__(self, runner: ModelRunner, tokens: TokenIds):
        self.tokens = tokens
        self._runner = runner
        pool = runner.kv_cache.pool
        self._table = BlockTable(pool.block_tokens, pool.allocate(-(-len(tokens) // pool.block_tokens)))

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes that each token before a pass adds to what it reads."""
        return bytes_per_token(self._runner.kv_cache.shapes, self._runner.kv_cache.dtype)

    def run(self, begin: int, end: int) -> GreedyChoices:
        """One pass over the tokens `[begin, end)`: the choices after each."""
        lane = Lane(self.tokens[begin:end], self._table, begin, begin, 0)
        (choices,) = self._runner.run([Chunk(lane, 0, end - begin)])
        return choices

    def read(self, end: int) -> None:
        """Fills the cache with the first tokens."""
        for begin in range(0, end, MAX_PASS_TOKENS):
            self.run(begin, min(begin + MAX_PASS_TOKENS, end))

    def release(self) -> None:
        """Gives the room back."""
        self._runner.kv_cache.release(self._table)


def random_text(num_tokens: int, vocabulary_size: int, seed: int = 0) -> TokenIds:
    """Tokens without any meaning."""
    return np.random.default_rng(seed).integers(0, vocabulary_size, num_tokens, dtype=np.int32)


def median_seconds(run: Callable[[], object], device: torch.device, num_repeats: int) -> float:
    """Of one call, the device's work included; two calls before are not counted."""
    times = []
    for _ in range(num_repeats + 2):
        _wait(device)
        began = time.perf_counter()
        run()
        _wait(device)
        times.append(time.perf_counter() - began)
    return float(np.median(times[2:]))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
