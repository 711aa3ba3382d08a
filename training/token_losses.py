"""The cross entropy of an answer's tokens and its gradient, a few rows of logits at a time.

Written out instead of left to autograd: most tokens of an edit are copies that the model is sure
of, and only the others need the way back through the vocabulary.
"""

import torch
from torch import nn

ROWS = 256


def losses_and_gradient(
    hidden: torch.Tensor,
    vocabulary: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    least: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return every token's loss, and the gradient of their weighted sum.

    Hidden (N, W), vocabulary (V, W) in float32, targets and weights (N,) → losses (N,) and the
    gradient with regard to hidden (N, W), in which tokens of a loss up to `least` nats are zero.
    """
    losses, gradient = torch.empty(len(targets)), torch.zeros(hidden.shape)
    with torch.no_grad():
        for start in range(0, len(targets), ROWS):
            rows = slice(start, start + ROWS)
            # In float32: in bf16 near ties of the logits would be exact ones.
            logs = (hidden[rows].float() @ vocabulary.T).log_softmax(dim=-1)
            losses[rows] = nn.functional.nll_loss(logs, targets[rows], reduction="none")
            open_rows = (losses[rows] > least).nonzero()[:, 0]
            slopes = logs[open_rows].exp_()
            slopes[range(len(open_rows)), targets[rows][open_rows]] -= 1
            gradient[start + open_rows] = (slopes * weights[rows][open_rows, None]) @ vocabulary
    return losses, gradient.to(hidden.dtype)
