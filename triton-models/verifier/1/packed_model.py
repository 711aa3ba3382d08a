"""A causal language model that runs packed passes and answers with its greedy choices."""

import numpy as np
import torch

from errors import UnsupportedModelError
from kv_pool import KvPool
from packed_pass import Attend, PackedPass
from passes import Piece
from ragged_attention import NAME, choose_attend


class PackedModel:
    """The model's attention is replaced; everything else is the model's own code."""

    def __init__(self, model: torch.nn.Module, pool: KvPool, attend: Attend | None = None):
        model.set_attn_implementation(NAME)
        self.model = model
        self.pool = pool
        self.vocabulary: int = model.get_input_embeddings().num_embeddings
        self.max_length: int | None = getattr(model.config, "max_position_embeddings", None)
        self._attend = attend or choose_attend(pool.device, pool.dtype)

    @torch.inference_mode()
    def run(self, pieces: list[Piece]) -> None:
        """One forward: caches K/V of all tokens of the pieces and puts the answers into their lanes."""
        tokens = np.concatenate([piece.tokens for piece in pieces]).astype(np.int64)
        positions = np.concatenate([piece.positions for piece in pieces])
        packed = PackedPass.of(pieces, self.pool, self._attend)
        logits = self.model(
            input_ids=self._tensor(tokens)[None],
            position_ids=self._tensor(positions)[None],
            use_cache=False,
            logits_to_keep=self._tensor(_answer_indices(pieces)),
            ragged_pass=packed,
        ).logits[0]
        if packed.calls != len(self.pool.shapes):
            raise UnsupportedModelError(f"{packed.calls} attention calls for {len(self.pool.shapes)} layers")
        _distribute(pieces, *_greedy(logits))

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(self.pool.device)


def _answer_indices(pieces: list[Piece]) -> np.ndarray:
    """Packed positions whose logits are needed; never empty, since not every model takes an empty index."""
    indices, offset = [], 0
    for piece in pieces:
        indices.append(np.arange(piece.first_answer, piece.end) - piece.begin + offset)
        offset += piece.num_tokens
    packed = np.concatenate(indices)
    return packed if len(packed) else np.array([offset - 1])


def _greedy(logits: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Argmax (the lowest id of a tie, as everywhere) and its distance to the second. Logits [K, V] → [K], [K]."""
    logits = logits.float()
    top, argmax = logits.max(dim=-1)
    second = logits.scatter(-1, argmax[:, None], float("-inf")).amax(dim=-1)
    return argmax.to(torch.int32).cpu().numpy(), (top - second).cpu().numpy()


def _distribute(pieces: list[Piece], argmax: np.ndarray, margin: np.ndarray) -> None:
    taken = 0
    for piece in pieces:
        target = slice(piece.first_answer - piece.lane.first_answer, piece.end - piece.lane.first_answer)
        count = piece.end - piece.first_answer
        if count:
            piece.lane.argmax[target] = argmax[taken : taken + count]
            piece.lane.margin[target] = margin[taken : taken + count]
        taken += count
