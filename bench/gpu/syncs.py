"""How often the host waits for the device in a pass."""

import warnings
from collections.abc import Iterator

import torch
from bench.gpu.passes import Text, make_runner, random_llama, random_text
from bench.gpu.scale import Scale
from bench.gpu.section import Figure, NotHereError

NUM_PASSES = 10


def run(scale: Scale) -> Iterator[Figure]:
    """The section: one wait a pass, with a graph and without."""
    if scale.device.type != "cuda":
        raise NotHereError("only CUDA counts them")
    model = random_llama(scale.small_model, scale.device)
    tokens = random_text(scale.context_tokens, model.config.vocab_size)
    for name, with_graphs in (("with graphs", True), ("without", False)):
        text = Text(make_runner(model, len(tokens), with_graphs=with_graphs), tokens)
        num_waits = _count_waits(text)
        yield Figure(name, {"waitsPerPass": num_waits / NUM_PASSES})
        if num_waits > NUM_PASSES:
            raise ValueError(f"{name}: expected at most one wait a pass, got {num_waits} in {NUM_PASSES}")


def _count_waits(text: Text) -> int:
    text.run(0, 9)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            for _ in range(NUM_PASSES):
                text.run(0, 9)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(one.message) for one in noted)
