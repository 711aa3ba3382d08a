"""What is known of one sequence between two of its steps."""

from collections.abc import Hashable
from dataclasses import dataclass

from engine.block_table import BlockTable, SlotSpan
from engine.errors import invalid
from engine.verify_step import VerifyStep


@dataclass(slots=True, eq=False)
class Sequence:
    """Cached are the tokens `[0, prefix_end)`, and behind them the branches of the last step, back to back."""

    id: Hashable
    table: BlockTable
    last_used: float
    """Seconds on the clock of the open sequences."""

    prefix_end: int = 0
    branch_lengths: tuple[int, ...] = ()

    def num_cached_tokens(self, branch: int) -> int:
        """Tokens that may be kept when `branch` is adopted."""
        return self.prefix_end + (self.branch_lengths[branch] if self.branch_lengths else 0)

    def branch_spans(self, branch: int, num_tokens: int) -> list[SlotSpan]:
        """Slots of the first tokens of a branch of the last step."""
        begin = self.prefix_end + sum(self.branch_lengths[:branch])
        return self.table.spans(begin, begin + num_tokens)

    def check(self, step: VerifyStep) -> None:
        """
        Raises:
            StepError: INVALID_ARG, the step does not fit this state.
        """
        num_branches = max(1, len(self.branch_lengths))
        if not 0 <= step.adopt_branch < num_branches:
            raise invalid("ADOPT", f"a branch of the previous step (0 to {num_branches - 1})", step.adopt_branch)
        num_cached = self.num_cached_tokens(step.adopt_branch)
        if step.keep_length > num_cached:
            raise invalid("KEEP", f"at most {num_cached} (the cached tokens)", step.keep_length)

    def commit(self, step: VerifyStep, now: float) -> None:
        """Takes over a step whose K and V are cached now."""
        self.prefix_end, self.branch_lengths = step.prefix_end, step.branch_lengths
        self.last_used = now
