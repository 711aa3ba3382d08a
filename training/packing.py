"""Several examples in one forward pass, their common beginning computed once.

Edits of one file share the prompt up to the end of the file. Behind that, every example is a
branch of its own: it sees the common part and itself, at the positions that it would have alone.
"""

from dataclasses import dataclass
from itertools import takewhile

import torch

from training.examples import Example


@dataclass(frozen=True)
class Pack:
    """Examples as token ids of shape (1, T), their positions, and where the branches lie.

    Branch `i` is the span [ends[i - 1], ends[i]), the first one begins at `prefix`. `kept` are
    the indices whose logits predict the targets, branch after branch.
    """

    examples: list[Example]
    ids: torch.Tensor
    positions: torch.Tensor
    prefix: int
    ends: list[int]
    kept: torch.Tensor


def pack(examples: list[Example]) -> Pack:
    """Lay examples out behind their longest common beginning."""
    prefix = _common_length([example.prompt_ids for example in examples])
    ids = list(examples[0].prompt_ids[:prefix])
    positions = list(range(prefix))
    ends: list[int] = []
    kept: list[int] = []
    for example in examples:
        branch = example.prompt_ids[prefix:] + example.target_ids
        ids += branch
        positions += range(prefix, prefix + len(branch))
        ends.append(len(ids))
        kept += range(len(ids) - len(example.target_ids) - 1, len(ids) - 1)
    ids_row, positions_row = torch.tensor([ids]), torch.tensor([positions])
    return Pack(examples, ids_row, positions_row, prefix, ends, torch.tensor(kept))


def _common_length(prompts: list[list[int]]) -> int:
    # A prompt's last token predicts the first of the target, so it stays in the branch.
    shortest = min(map(len, prompts)) - 1
    columns = zip(*(prompt[:shortest] for prompt in prompts), strict=True)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
