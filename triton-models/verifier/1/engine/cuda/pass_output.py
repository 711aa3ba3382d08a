"""What a pass found, in one tensor, so that one copy brings it to the host."""

import torch

from engine.model_runner import GreedyChoices, choose_rows


def pack_choices(logits: torch.Tensor) -> torch.Tensor:
    """Logits [answers, V], overwritten → argmax, and the bits of the margins below. Shape: [2, answers], int32."""
    argmax, margin = choose_rows(logits)
    return torch.stack((argmax, margin.view(torch.int32)))


class PassOutput:
    """Pinned memory that every pass's choices are copied to."""

    def __init__(self, device: torch.device):
        self._device = device
        self._memory = torch.empty(0, dtype=torch.int32)

    def fetch(self, packed: torch.Tensor, num_answers: int) -> GreedyChoices:
        """Waits for the pass; nothing else of it does. The first `num_answers` of [2, answers]."""
        received = self._room_for(packed)
        received.copy_(packed, non_blocking=True)
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()
        argmax, margin = received[:, :num_answers].clone()
        return GreedyChoices(argmax.numpy(), margin.view(torch.float32).numpy())

    def _room_for(self, packed: torch.Tensor) -> torch.Tensor:
        if packed.numel() > len(self._memory):
            self._memory = torch.empty(packed.numel(), dtype=torch.int32, pin_memory=self._device.type == "cuda")
        return self._memory[: packed.numel()].view(packed.shape)
