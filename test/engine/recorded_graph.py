"""What a CUDA graph does, on any device: the operations of one call, repeated over the same memory."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class RecordedGraph(TorchDispatchMode):
    """
    Records what reaches the device, with the numbers that it was given. Nothing else of the function runs again, so
    whatever it took from Python stays as it was.
    """

    def __init__(self):
        super().__init__()
        self.operations: list[tuple[Any, tuple, dict, Any]] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        self.operations.append((function, args, kwargs or {}, output))
        return output

    def replay(self) -> None:
        for function, args, kwargs, recorded in self.operations:
            again = function(*args, **kwargs)
            for old, new in zip(_tensors(recorded), _tensors(again), strict=True):
                # Views and what is changed in place have their memory already.
                if old.data_ptr() != new.data_ptr():
                    old.copy_(new)


def record(compute: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """A function that replays what `compute` did."""
    graph = RecordedGraph()
    with graph:
        output = compute()

    def replay() -> torch.Tensor:
        graph.replay()
        return output

    return replay


def _tensors(output: Any) -> list[torch.Tensor]:
    if isinstance(output, torch.Tensor):
        return [output]
    return [one for one in output if isinstance(one, torch.Tensor)] if isinstance(output, (tuple, list)) else []
