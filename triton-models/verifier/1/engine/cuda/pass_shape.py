"""The sizes of a pass's tensors. Few sizes, so that few graphs serve all passes and few kernels compute them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.scheduler import Chunk

TOKEN_BUCKETS = (64, 128, 192, 256, 384, 512)
"""Below about 125 to 225 tokens a pass costs what its weights take to be read, so a plain step may be padded to 64."""

CHUNK_BUCKETS = (8, 64)


class PassShape(NamedTuple):
    """Padding included."""

    num_tokens: int
    num_answers: int
    """Tokens whose logits are computed."""

    num_chunks: int
    table_width: int
    """Blocks in a row of the block table; 0: the keys are gathered."""

    num_gathered_keys: int = 0


@dataclass(frozen=True, slots=True)
class PassShapes:
    """The shapes of an engine's passes."""

    table_width: int
    """Blocks of the longest sequence."""

    max_pass_tokens: int

    def fit(self, chunks: Sequence[Chunk]) -> PassShape:
        """The shape that a pass over `chunks` is padded to."""
        num_tokens = _bucket(TOKEN_BUCKETS, sum(chunk.num_tokens for chunk in chunks))
        num_answers = _bucket(TOKEN_BUCKETS, sum(chunk.num_answers for chunk in chunks))
        if TOKEN_BUCKETS[0] < num_answers < num_tokens <= TOKEN_BUCKETS[-1]:
            num_answers = num_tokens
        num_chunks = _bucket(CHUNK_BUCKETS, len(chunks))
        # The keys of a further branch do not follow its prefix by whole blocks.
        if any(chunk.is_further_branch for chunk in chunks):
            return PassShape(num_tokens, num_answers, num_chunks, 0, sum(chunk.num_keys for chunk in chunks))
        return PassShape(num_tokens, num_answers, num_chunks, self.table_width)

    def to_capture(self) -> list[PassShape]:
        """Those worth a graph, the largest first: what a graph needs in between, the next ones use again."""
        most = _bucket(TOKEN_BUCKETS, self.max_pass_tokens)
        return [
            PassShape(num_tokens, num_answers, num_chunks, self.table_width)
            for num_tokens in reversed(TOKEN_BUCKETS)
            if num_tokens <= most
            for num_answers in sorted({num_tokens, TOKEN_BUCKETS[0]}, reverse=True)
            for num_chunks in reversed(CHUNK_BUCKETS)
        ]


def _bucket(buckets: tuple[int, ...], count: int) -> int:
    """The smallest that holds so many; the count itself where none does."""
    return next((size for size in buckets if size >= count), count)
