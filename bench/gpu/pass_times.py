"""Pass times by tokens, with and without graphs, beside the floor."""

from collections.abc import Iterator
from typing import Any

import torch
from bench.gpu.machine import Limits, measure_limits
from bench.gpu.passes import Text, make_runner, median_seconds, random_llama, random_text
from bench.gpu.scale import Scale
from bench.gpu.section import Figure

from engine.cuda.pass_shape import TOKEN_BUCKETS


def small(scale: Scale) -> Iterator[Figure]:
    """The section of the small model."""
    yield from time_passes(random_llama(scale.small_model, scale.device), measure_limits(scale), scale)


def large(scale: Scale) -> Iterator[Figure]:
    """The section of the large model."""
    yield from time_passes(random_llama(scale.large_model, scale.device), measure_limits(scale), scale)


def time_passes(model: Any, limits: Limits, scale: Scale) -> Iterator[Figure]:
    """A figure per number of tokens; the share is that of the floor in the time of a pass with graphs."""
    long_context = scale.long_context_tokens
    num_tokens = max(scale.context_tokens + max(scale.pass_tokens), long_context + TOKEN_BUCKETS[0])
    tokens = random_text(num_tokens, model.config.vocab_size)
    texts = {
        name: Text(make_runner(model, num_tokens, with_graphs=with_graphs), tokens)
        for name, with_graphs in (("graphMs", True), ("eagerMs", False))
    }
    for text in texts.values():
        text.read(long_context)
    cases = [(size, scale.context_tokens, f"{size} tokens") for size in scale.pass_tokens]
    # Keys are not split, so one sequence leaves most of a card idle.
    cases += [(size, long_context, f"{size} tokens after {long_context}") for size in (1, TOKEN_BUCKETS[0])]
    for size, context, name in cases:
        times = {kind: _pass_ms(text, context, size, scale) for kind, text in texts.items()}
        floor = _floor_ms(model, texts["graphMs"], context, size, limits)
        yield Figure(name, {**times, "floorMs": floor, "floorShare": floor / times["graphMs"]})


def _pass_ms(text: Text, context: int, num_tokens: int, scale: Scale) -> float:
    return median_seconds(lambda: text.run(context, context + num_tokens), scale.device, scale.num_repeats) * 1e3


def _floor_ms(model: Any, text: Text, context: int, num_tokens: int, limits: Limits) -> float:
    weights = _read_weights(model)
    num_bytes = sum(weight.nbytes for weight in weights) + text.kv_bytes_per_token * (context + num_tokens)
    return limits.floor_seconds(num_bytes, sum(weight.numel() for weight in weights), num_tokens) * 1e3


def _read_weights(model: Any) -> list[torch.Tensor]:
    """All tensors of which a pass reads the whole: an embedding of its own is read by rows."""
    embedding = model.get_input_embeddings().weight
    is_tied = model.get_output_embeddings().weight is embedding
    tensors = {one.data_ptr(): one for one in (*model.parameters(), *model.buffers())}
    return [one for one in tensors.values() if is_tied or one is not embedding]
