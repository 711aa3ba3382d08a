"""What the engine is asked and what it answers: one `VerifyStep` and one `VerifyAnswer` per sequence at a time."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.errors import invalid

TokenIds = npt.NDArray[np.int32]
Margins = npt.NDArray[np.float32]

_NO_TOKENS: TokenIds = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class VerifyStep:
    """One step of one sequence. Positions and lengths are absolute and count tokens."""

    sequence_id: Hashable
    tokens: TokenIds = field(default_factory=lambda: _NO_TOKENS)
    """The prefix, then all branches back to back. Shape: [prefix + sum of branches]."""

    branch_lengths: tuple[int, ...] = ()
    """Tokens of each branch. Empty: a plain step without a draft."""

    keep_length: int = 0
    """Cached tokens to keep; what lies behind them is rolled back."""

    adopt_branch: int = 0
    """Branch of the previous step that the kept tokens belong to."""

    is_start: bool = False
    is_end: bool = False

    @property
    def prefix_length(self) -> int:
        """Tokens before the branches; negative where the branch lengths are wrong."""
        return len(self.tokens) - sum(self.branch_lengths)

    @property
    def prefix_end(self) -> int:
        """Position behind the prefix, where every branch begins."""
        return self.keep_length + self.prefix_length

    @property
    def num_slots(self) -> int:
        """Slots that the sequence needs for this step, those of the kept tokens included."""
        return self.keep_length + len(self.tokens)

    @property
    def is_end_only(self) -> bool:
        """Whether the step brings no tokens and just ends its sequence."""
        return self.is_end and len(self.tokens) == 0


class KvTokens(NamedTuple):
    """What the KV cache holds, counted in tokens."""

    free: int
    """Room that a sequence can be given at once, without taking any from another open sequence."""

    total: int


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """The model's greedy choices after one step."""

    argmax: TokenIds
    """Per branch (once where there is none): after the prefix, then after each token. Shape: [sum of (length + 1)]."""

    margin: Margins
    """Top-1 minus top-2 logit at the same positions. Same shape."""

    pass_ms: float
    """Computing time of the passes that this step took part in, in milliseconds."""

    packed_tokens: int
    """Tokens of all sequences in those passes."""

    kv_tokens: KvTokens
    """The KV cache after the step."""


def ended(kv_tokens: KvTokens) -> VerifyAnswer:
    """Answers a step that only ends its sequence."""
    return VerifyAnswer(_NO_TOKENS, np.empty(0, np.float32), 0.0, 0, kv_tokens)


def check_step(step: VerifyStep, vocabulary_size: int, context_tokens: int | None) -> None:
    """
    Checks what does not depend on the sequence's state.

    Args:
        context_tokens: tokens that the model's positions allow; None: no limit.

    Raises:
        StepError: INVALID_ARG with the field, what was expected and what came.
    """
    if any(length < 0 for length in step.branch_lengths):
        raise invalid("BRANCHES", "lengths of at least 0", list(step.branch_lengths))
    if step.prefix_length < 1:
        expected = "a prefix of at least one token before the branches"
        raise invalid("TOKENS", expected, f"{len(step.tokens)} tokens with branches of {list(step.branch_lengths)}")
    lowest, highest = int(step.tokens.min()), int(step.tokens.max())
    if lowest < 0 or highest >= vocabulary_size:
        raise invalid("TOKENS", f"ids from 0 to {vocabulary_size - 1}", lowest if lowest < 0 else highest)
    if step.keep_length < 0 or (step.is_start and step.keep_length):
        raise invalid("KEEP", "0 with START" if step.is_start else "0 or more", step.keep_length)
    longest = step.prefix_end + max(step.branch_lengths, default=0)
    if context_tokens is not None and longest > context_tokens:
        draft = longest - step.prefix_end
        figures = f"{longest} ({step.keep_length} kept, {step.prefix_length} prefix, {draft} draft)"
        raise invalid("TOKENS", f"at most {context_tokens} tokens in all, the model's context limit", figures)
