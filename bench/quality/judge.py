"""What an engine makes of a given text: its greedy choice at every token, and how likely its model takes the text."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from engine.engine import Engine
from engine.errors import StepError
from engine.self_test import plain_forward
from engine.verify_step import VerifyStep


def greedy_choices(engine: Engine, prompt: Sequence[int], text: Sequence[int]) -> list[int]:
    """
    The token that greedy decoding would write in the place of each of the text's, by one verify step with the text as
    its draft.

    Args:
        prompt: at least one token.

    Raises:
        StepError: the engine refuses the tokens or fails.
    """
    tokens = np.array([*prompt, *text], np.int32)
    (answer,) = engine.run([VerifyStep("judged", tokens, (len(text),), is_start=True, is_end=True)])
    if isinstance(answer, StepError):
        raise answer
    # The last choice is what would follow the text.
    return answer.argmax[:-1].tolist()


def nats_of(engine: Engine, prompt: Sequence[int], text: Sequence[int]) -> float:
    """
    Negative logarithm of the text's probability behind the prompt. The engine answers by choices alone, so that this
    takes the forward of its model.
    """
    tokens = np.array([*prompt, *text], np.int32)
    (logits,) = plain_forward(engine.runner.model, [tokens])
    following = torch.from_numpy(tokens[len(prompt) :]).long()
    return float(cross_entropy(logits[len(prompt) - 1 : -1], following, reduction="sum"))
