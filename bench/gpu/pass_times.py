"""Pass times by tokens, with and without graphs, beside the floor."""

from collections.abc import Iterator
from typing import Any

import torch
from bench.gpu.machine import Limits, measure_limits
from bench.gpu.passes import Text, make_runner, median_seconds, random_llama, random_text
from bench.gpu.scale import Scale
from bench.gpu.section import Figure


def small(scale: Scale) -> Iterator[Figure]:
    """The section of the small model."""
    yield from time_passes(random_llama(scale.small_model, scale.device), measure_limits(scale), scale)


def large(scale: Scale) -> Iterator[Figure]:
    """The section of the large model."""
    yield from time_passes(random_llama(scale.large_model, scale.device), measure_limits(scale), scale)


def time_passes(model: Any, limits: Limits, scale: Scale) -> Iterator[Figure]:
    """A figure per number of tokens; the share is that of the floor in the time of a pass with graphs."""
    num_tokens = scale.context_tokens + max(scale.pass_tokens)
    tokens = random_text(num_tokens, model.config.vocab_size)
    weights = _read_weights(model)
    num_bytes = sum(weight.nbytes for weight in weights)
    num_weights = sum(weight.numel() for weight in weights)
    texts = {}
    for name, with_graphs in (("graphMs", True), ("eagerMs", False)):
        texts[name] = Text(make_runner(model, num_tokens, with_graphs=with_graphs), tokens)
        texts[name].run(0, scale.context_tokens)
    for size in scale.pass_tokens:
        times = {name: _pass_ms(text, size, scale) for name, text in texts.items()}
        floor = limits.floor_seconds(num_bytes, num_weights, size) * 1e3
        yield Figure(f"{size} tokens", {**times, "floorMs": floor, "floorShare": floor / times["graphMs"]})


def _pass_ms(text: Text, num_tokens: int, scale: Scale) -> float:
    begin = scale.context_tokens
    return median_seconds(lambda: text.run(begin, begin + num_tokens), scale.device, scale.num_repeats) * 1e3


def _read_weights(model: Any) -> list[torch.Tensor]:
    """All tensors of which a pass reads the whole: an embedding of its own is read by rows."""
    embedding = model.get_input_embeddings().weight
    is_tied = model.get_output_embeddings().weight is embedding
    tensors = {one.data_ptr(): one for one in (*model.parameters(), *model.buffers())}
    return [one for one in tensors.values() if is_tied or one is not embedding]
