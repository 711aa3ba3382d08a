"""Load-time check: packed passes with drafts, adoption and rollback must agree with the model's own forward."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from engine.attention import NAME
from engine.engine import Engine
from engine.errors import StepError, UnsupportedModelError
from engine.int8.convert import is_int8
from engine.verify_step import TokenIds, VerifyAnswer, VerifyStep

LENGTHS = (24, 9, 17)
"""Tokens of each sequence."""

# In standard deviations of the logits: what sums in another order may change in each dtype.
TOLERANCE = {torch.float32: 2e-3, torch.float16: 0.1, torch.bfloat16: 0.5}

INT8_TOLERANCE = 0.1
"""The same for integer weights: their own forward, but with attention that is not rounded to grids."""


@dataclass(frozen=True, slots=True)
class Case:
    """The last choices for a step must agree with the reference after the tokens `[begin, end)`."""

    step: VerifyStep
    begin: int
    end: int


def self_test(engine: Engine, run_plain: Callable[[Sequence[TokenIds]], list[torch.Tensor]] | None = None) -> None:
    """
    Args:
        run_plain: `plain_forward` of the engine's model, where it takes more than this process.

    Raises:
        UnsupportedModelError: names the model type and how far the answers are apart.
    """
    model = engine.runner.model
    kind = model.config.model_type
    generator = np.random.default_rng(0)
    vocabulary_size = engine.runner.vocabulary_size
    texts = [generator.integers(0, vocabulary_size, length, dtype=np.int32) for length in LENGTHS]
    references = (run_plain or partial(plain_forward, model))(texts)
    relative = INT8_TOLERANCE if is_int8(model) else TOLERANCE[engine.sequences.kv_cache.dtype]
    tolerance = relative * float(torch.cat(references).std())
    histories = [_cases(index, tokens, vocabulary_size) for index, tokens in enumerate(texts)]
    for batch in zip(*histories, strict=True):
        answers = engine.run([case.step for case in batch])
        for case, answer, reference in zip(batch, answers, references, strict=True):
            if isinstance(answer, StepError):
                raise UnsupportedModelError(f"{kind}: the packed pass cannot run it: {answer}")
            distance = _distance(answer, reference[case.begin : case.end])
            if not distance <= tolerance:
                raise UnsupportedModelError(
                    f"{kind}: a packed pass differs from the model's own forward by {distance:.3g} logits, "
                    f"expected at most {tolerance:.3g}"
                )


def _cases(index: int, tokens: TokenIds, vocabulary_size: int) -> Iterator[Case]:
    """Three steps over one sequence: a wrong and a right draft, adoption of part of the right one, rollback."""
    name, half, length = ("self-test", index), len(tokens) // 2, len(tokens)

    def wrong(begin: int, end: int) -> TokenIds:
        return (tokens[begin:end] + 1) % vocabulary_size

    prompt = np.concatenate([tokens[: half - 2], wrong(half - 2, half + 1), tokens[half - 2 : half + 1]])
    yield Case(VerifyStep(name, prompt, (3, 3), is_start=True), half - 3, half + 1)
    drafts = np.concatenate([tokens[half : half + 1], wrong(half + 1, half + 3), tokens[half + 1 : half + 3]])
    yield Case(VerifyStep(name, drafts, (2, 2), keep_length=half, adopt_branch=1), half, half + 3)
    rest = tokens[half + 1 :]
    yield Case(VerifyStep(name, rest, (len(rest) - 1,), keep_length=half + 1, is_end=True), half + 1, length)


@torch.inference_mode()
def plain_forward(model: Any, texts: Sequence[TokenIds]) -> list[torch.Tensor]:
    """Logits after every token of each text, by the model's own attention. Shapes: [tokens, V], float32."""
    device = next(model.parameters()).device
    model.set_attn_implementation("sdpa")
    try:
        inputs = [torch.from_numpy(tokens.astype(np.int64))[None].to(device) for tokens in texts]
        return [model(input_ids=ids, use_cache=False).logits[0].float().cpu().clone() for ids in inputs]
    finally:
        model.set_attn_implementation(NAME)


def _distance(answer: VerifyAnswer, reference: torch.Tensor) -> float:
    """Largest error of a margin, or distance of a chosen token to the reference's choice. Reference: [K, V]."""
    count = len(reference)
    top = reference.topk(2).values
    chosen = reference.gather(1, torch.from_numpy(answer.argmax[-count:].astype(np.int64))[:, None])[:, 0]
    margins = torch.from_numpy(answer.margin[-count:])
    return float(torch.maximum((margins - (top[:, 0] - top[:, 1])).abs(), top[:, 0] - chosen).max())
