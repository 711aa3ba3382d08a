"""What the engine is asked and what it answers: one `Row` and one `Answer` per sequence and step. Token ids only."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from errors import invalid

_NO_TOKENS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Row:
    """One step of one sequence. Lengths are absolute and count tokens."""

    sequence_id: Hashable
    tokens: np.ndarray = field(default_factory=lambda: _NO_TOKENS)
    """Prefix, then all branches back to back. Shape: (prefix + sum of branches), int32."""

    branches: tuple[int, ...] = ()
    """Length of each branch, a draft that continues the prefix. Empty: a plain step."""

    keep: int = 0
    """Cached tokens to keep; what lies behind them is rolled back."""

    adopt: int = 0
    """Branch of the previous step that the kept tokens belong to."""

    start: bool = False
    end: bool = False

    @property
    def prefix_length(self) -> int:
        return len(self.tokens) - sum(self.branches)

    @property
    def ends_only(self) -> bool:
        return self.end and len(self.tokens) == 0

    @property
    def base(self) -> int:
        """Tokens before the branches."""
        return self.keep + self.prefix_length

    @property
    def length_after(self) -> int:
        """Cached tokens after the step, branch 0 included."""
        return self.base + (self.branches[0] if self.branches else 0)

    @property
    def slots_needed(self) -> int:
        return self.keep + len(self.tokens)


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's greedy choices after one step."""

    argmax: np.ndarray
    """One block per branch (one block where there is none): after the prefix, then after each token. Int32."""

    margin: np.ndarray
    """Top-1 minus top-2 logit at the same positions. Float32."""

    length: int
    pass_ms: float
    """Computing time of the passes that this row took part in."""

    packed: int
    """Tokens of all rows in those passes."""


ENDED = Answer(_NO_TOKENS, np.empty(0, np.float32), 0, 0.0, 0)


def check_row(row: Row, vocabulary: int, max_length: int | None) -> None:
    """
    Checks what does not depend on the sequence's state.

    Raises:
        RowError: INVALID_ARG with the field, what was expected and what came.
    """
    if any(length < 0 for length in row.branches):
        raise invalid("BRANCHES", "lengths of at least 0", list(row.branches))
    if row.prefix_length < 1:
        expected = "a prefix of at least one token before the branches"
        raise invalid("TOKENS", expected, f"{len(row.tokens)} tokens with branches of {list(row.branches)}")
    lowest, highest = int(row.tokens.min()), int(row.tokens.max())
    if lowest < 0 or highest >= vocabulary:
        raise invalid("TOKENS", f"ids from 0 to {vocabulary - 1}", lowest if lowest < 0 else highest)
    if row.keep < 0 or (row.start and row.keep):
        raise invalid("KEEP", "0 with START" if row.start else "0 or more", row.keep)
    longest = row.base + max(row.branches, default=0)
    if max_length is not None and longest > max_length:
        figures = f"{longest} ({row.keep} kept, {row.prefix_length} prefix, {longest - row.base} draft)"
        raise invalid("TOKENS", f"at most {max_length} tokens in all, the model's context limit", figures)
