"""How often many tokens in a pass choose another token than one at a time, in bfloat16."""

from collections.abc import Iterator

import numpy as np
from bench.gpu.passes import Text, make_runner, random_llama, random_text
from bench.gpu.scale import Scale
from bench.gpu.section import Figure

from engine.model_runner import GreedyChoices


def run(scale: Scale) -> Iterator[Figure]:
    """
    The section. Random weights over random text have nearer ties than trained ones over code, so flips are more
    frequent here than in an edit.
    """
    model = random_llama(scale.small_model, scale.device)
    runner = make_runner(model, scale.flip_text_tokens, with_graphs=True)
    alone: list[GreedyChoices] = []
    texts = [random_text(scale.flip_text_tokens, model.config.vocab_size, seed) for seed in range(scale.num_flip_texts)]
    for size in (1, *scale.flip_chunk_tokens):
        chosen = []
        for tokens in texts:
            text = Text(runner, tokens)
            chosen.append(_in_chunks(text, size))
            text.release()
        alone = alone or chosen
        yield _compare(size, _joined(alone), _joined(chosen))


def _in_chunks(text: Text, size: int) -> GreedyChoices:
    length = len(text.tokens)
    return _joined([text.run(begin, min(begin + size, length)) for begin in range(0, length, size)])


def _joined(parts: list[GreedyChoices]) -> GreedyChoices:
    return GreedyChoices(np.concatenate([one.argmax for one in parts]), np.concatenate([one.margin for one in parts]))


def _compare(size: int, alone: GreedyChoices, chosen: GreedyChoices) -> Figure:
    flipped = alone.argmax != chosen.argmax
    return Figure(
        f"chunks of {size} tokens",
        {
            "flipsPerMillionTokens": float(flipped.mean() * 1e6),
            "tokens": len(flipped),
            "sameBitsShare": float((alone.margin == chosen.margin).mean()),
            "largestFlippedMargin": float(alone.margin[flipped].max(initial=0)),
        },
    )
