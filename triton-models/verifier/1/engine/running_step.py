"""An admitted step on its way through the passes, and what they find for it."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from engine.model_runner import GreedyChoices
from engine.scheduler import Lane
from engine.sequence import Sequence
from engine.verify_step import VerifyStep


@dataclass(frozen=True, slots=True, eq=False)
class RunningStep:
    """Its sequence has room for it, and its lanes know their slots."""

    step: VerifyStep
    sequence: Sequence
    lanes: tuple[Lane, ...]


@dataclass(slots=True, eq=False)
class PassResults:
    """What the passes so far found for one running step."""

    choices: defaultdict[Lane, list[GreedyChoices]] = field(default_factory=lambda: defaultdict(list))
    pass_ms: float = 0.0
    packed_tokens: int = 0

    def count_pass(self, pass_ms: float, num_tokens: int) -> None:
        """Counts a pass that the step took part in; the tokens are those of all its chunks."""
        self.pass_ms += pass_ms
        self.packed_tokens += num_tokens

    def choices_of(self, running: RunningStep) -> GreedyChoices:
        """What to answer, once all lanes have run: every branch begins with the choice after the prefix."""
        lanes = iter(running.lanes)
        parts = list(self.choices[next(lanes)])
        after_prefix = _first_of(parts)
        for length in running.step.branch_lengths[1:]:
            parts.append(after_prefix)
            if length:
                parts += self.choices[next(lanes)]
        argmax = np.concatenate([part.argmax for part in parts])
        margin = np.concatenate([part.margin for part in parts])
        return GreedyChoices(argmax, margin)


def _first_of(parts: list[GreedyChoices]) -> GreedyChoices:
    first = next(part for part in parts if len(part.argmax))
    return GreedyChoices(first.argmax[:1], first.margin[:1])
