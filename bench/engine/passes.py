"""Times of single passes over a given context, by the engine and by transformers' own forward."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, DynamicCache

from engine.block_table import BlockTable
from engine.config import EngineConfig
from engine.loader import load_engine
from engine.scheduler import Chunk, Lane

CONTEXT_TOKENS = 512
Pass = Callable[[int], object]
"""Runs a pass of that many tokens behind the context."""


def engine_pass(directory: Path, dtype: str) -> tuple[Pass, int, int]:
    """The engine's pass, the bytes of its weights, and their number."""
    runner = load_engine(EngineConfig(directory.name, directory, "none", "cpu", dtype, kv_bytes=2**28)).runner
    tokens = np.arange(2 * CONTEXT_TOKENS, dtype=np.int32) % 1000
    table = BlockTable(len(tokens), [0])
    runner.run([Chunk(Lane(tokens[:CONTEXT_TOKENS], table, 0, 0, CONTEXT_TOKENS - 1), 0, CONTEXT_TOKENS)])

    def run(num_tokens: int) -> object:
        lane = Lane(tokens[CONTEXT_TOKENS:], table, CONTEXT_TOKENS, CONTEXT_TOKENS, 0)
        return runner.run([Chunk(lane, 0, num_tokens)])

    tensors = {one.data_ptr(): one for one in runner.model.state_dict().values()}.values()
    return run, sum(one.nbytes for one in tensors), sum(one.numel() for one in tensors)


def transformers_pass(directory: Path, dtype: str) -> Pass:
    """The forward of the same weights without the engine."""
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=getattr(torch, dtype), local_files_only=True).eval()
    cache = DynamicCache()
    with torch.inference_mode():
        model(torch.arange(CONTEXT_TOKENS)[None] % 1000, past_key_values=cache, logits_to_keep=1)

    @torch.inference_mode()
    def run(num_tokens: int) -> object:
        logits = model(torch.arange(num_tokens)[None], past_key_values=cache).logits
        cache.crop(-num_tokens)
        return logits

    return run


def time_passes(passes: dict[str, Pass], sizes: list[int], repeats: int) -> dict[str, dict[int, float]]:
    """Least milliseconds per name and size; the names take turns, so that what else runs meets them all alike."""
    least = {name: dict.fromkeys(sizes, float("inf")) for name in passes}
    for size in sizes:
        for _ in range(repeats):
            for name, run in passes.items():
                began = time.perf_counter()
                run(size)
                least[name][size] = min(least[name][size], (time.perf_counter() - began) * 1e3)
    return least
