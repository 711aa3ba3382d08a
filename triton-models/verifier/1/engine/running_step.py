"""An admitted step on its way through the passes, and what they find for it."""

from dataclasses import dataclass, field

import numpy as np

from engine.model_runner import GreedyChoices
from engine.request import Request
from engine.scheduler import Chunk, Lane
from engine.sequence import Sequence
from engine.verify_step import VerifyStep


@dataclass(slots=True, eq=False)
class RunningStep:
    """Its sequence has room for it, and its lanes know their slots."""

    request: Request
    sequence: Sequence
    lanes: tuple[Lane, ...]
    num_run: int = 0
    """Tokens that were handed to passes so far, or were cached before, in the order of the lanes."""

    pass_ms: float = 0.0
    packed_tokens: int = 0
    _choices: dict[Lane, list[GreedyChoices]] = field(default_factory=dict)

    @property
    def step(self) -> VerifyStep:
        """What was asked."""
        return self.request.step

    @property
    def num_left(self) -> int:
        """Tokens that have still to run."""
        return len(self.step.tokens) - self.num_run

    def take(self, num_tokens: int) -> list[Chunk]:
        """The next tokens that have still to run, as chunks in the order in which they must run."""
        chunks, offset, first = [], 0, self.num_run
        self.num_run += num_tokens
        for lane in self.lanes:
            begin = max(0, first - offset)
            end = min(len(lane.tokens), self.num_run - offset)
            if begin < end:
                chunks.append(Chunk(lane, begin, end))
            offset += len(lane.tokens)
        return chunks

    def note(self, chunk: Chunk, choices: GreedyChoices) -> None:
        """Keeps what a pass found for a chunk."""
        self._choices.setdefault(chunk.lane, []).append(choices)

    def count_pass(self, pass_ms: float, num_tokens: int) -> None:
        """Counts a pass that the step took part in; the tokens are those of all its chunks."""
        self.pass_ms += pass_ms
        self.packed_tokens += num_tokens

    def choices(self) -> GreedyChoices:
        """What to answer, once all lanes have run: every branch begins with the choice after the prefix."""
        lanes = iter(self.lanes)
        parts = list(self._choices[next(lanes)])
        after_prefix = _first_of(parts)
        for length in self.step.branch_lengths[1:]:
            parts.append(after_prefix)
            if length:
                parts += self._choices[next(lanes)]
        return GreedyChoices(
            np.concatenate([part.argmax for part in parts]), np.concatenate([part.margin for part in parts])
        )


def _first_of(parts: list[GreedyChoices]) -> GreedyChoices:
    first = next(part for part in parts if len(part.argmax))
    return GreedyChoices(first.argmax[:1], first.margin[:1])
