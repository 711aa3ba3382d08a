"""A causal language model that runs packed passes and answers with its greedy choices."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from engine.attention import NAME
from engine.errors import UnsupportedModelError
from engine.kv_cache import KvCache
from engine.packed_pass import AttentionBackend, PackedPass
from engine.scheduler import Chunk
from engine.sdpa_attention import SdpaAttention
from engine.verify_step import Margins, TokenIds


class GreedyChoices(NamedTuple):
    """What the model would choose after consecutive tokens."""

    argmax: TokenIds
    """Shape: [tokens]."""

    margin: Margins
    """Top-1 minus top-2 logit. Shape: [tokens]."""


class ModelRunner:
    """The model's attention is replaced; everything else is the model's own code."""

    def __init__(self, model: Any, kv_cache: KvCache, backend: AttentionBackend = SdpaAttention):
        model.set_attn_implementation(NAME)
        self.model = model
        self.kv_cache = kv_cache
        self.vocabulary_size: int = model.get_input_embeddings().num_embeddings
        self.context_tokens: int | None = getattr(model.config, "max_position_embeddings", None)
        """Tokens that the model's positions allow; None: no limit."""
        self._backend = backend

    @torch.inference_mode()
    def run(self, chunks: Sequence[Chunk]) -> list[GreedyChoices]:
        """
        One forward, which caches K and V of all tokens of the chunks.

        Returns:
            Per chunk the choices after those of its tokens whose logits are asked for.

        Raises:
            UnsupportedModelError: a layer bypassed the attention function.
        """
        return _split(self.choose(chunks), chunks)

    def choose(self, chunks: Sequence[Chunk]) -> GreedyChoices:
        """The same, packed: the choices of all chunks back to back."""
        logits = self.logits(
            self._tensor(np.concatenate([chunk.tokens for chunk in chunks]).astype(np.int64)),
            self._tensor(np.concatenate([chunk.positions for chunk in chunks])),
            self._tensor(answer_indices(chunks)),
            PackedPass.of(chunks, self.kv_cache, self._backend),
        )
        return choose_greedily(logits)

    def logits(
        self, tokens: torch.Tensor, positions: torch.Tensor, answers: torch.Tensor, packed_pass: PackedPass
    ) -> torch.Tensor:
        """
        Args:
            tokens: Shape: [T].
            positions: Shape: [T].
            answers: packed positions whose logits are asked for. Shape: [answers].

        Returns:
            Shape: [answers, V].

        Raises:
            UnsupportedModelError: a layer bypassed the attention function.
        """
        output = self.model(
            input_ids=tokens[None],
            position_ids=positions[None],
            use_cache=False,
            logits_to_keep=answers,
            packed_pass=packed_pass,
        )
        if packed_pass.num_calls != len(self.kv_cache.shapes):
            raise UnsupportedModelError(
                f"{packed_pass.num_calls} attention calls for {len(self.kv_cache.shapes)} layers"
            )
        logits: torch.Tensor = output.logits[0]
        return logits

    def close(self) -> None:
        """Ends whatever runs beside this process: nothing here."""

    def _tensor(self, values: npt.NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(values).to(self.kv_cache.device)


def choose_greedily(logits: torch.Tensor) -> GreedyChoices:
    """What `choose_rows` finds, on the host."""
    argmax, margin = choose_rows(logits)
    return GreedyChoices(argmax.cpu().numpy(), margin.cpu().numpy())


def choose_rows(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Argmax (the lowest id of a tie, as everywhere) and its distance to the second.

    Args:
        logits: overwritten, since a copy of all of them would cost more than the rest. Shape: [tokens, V].

    Returns:
        int32 and float32, on the device of the logits. Shapes: [tokens].
    """
    logits = logits.float()
    top, argmax = logits.max(dim=-1)
    second = logits.scatter_(-1, argmax[:, None], float("-inf")).amax(dim=-1)
    return argmax.to(torch.int32), top - second


def answer_indices(chunks: Sequence[Chunk]) -> npt.NDArray[np.int64]:
    """Packed positions whose logits are needed; never empty, since not every model takes an empty index."""
    indices, offset = [], 0
    for chunk in chunks:
        indices.append(np.arange(chunk.first_answer, chunk.end) - chunk.begin + offset)
        offset += chunk.num_tokens
    packed = np.concatenate(indices)
    return packed if len(packed) else np.array([offset - 1])


def _split(choices: GreedyChoices, chunks: Sequence[Chunk]) -> list[GreedyChoices]:
    ends = np.cumsum([chunk.num_answers for chunk in chunks])
    spans = [slice(end - chunk.num_answers, end) for chunk, end in zip(chunks, ends, strict=True)]
    return [GreedyChoices(choices.argmax[span], choices.margin[span]) for span in spans]
