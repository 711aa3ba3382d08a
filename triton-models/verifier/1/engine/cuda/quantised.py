"""A model whose linear layers are replaced by those with weights of 8 bits, and which devices have them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from engine.config import FP8, INT8
from engine.cuda.fp8_linear import Fp8Linear
from engine.cuda.int8_linear import DeviceInt8Linear
from engine.errors import ConfigError

FORMATS = {FP8: torch.float8_e4m3fn, INT8: torch.int8}
NEEDED_CAPABILITY = {FP8: (8, 9), INT8: (8, 0)}
LAYERS: dict[torch.dtype, type[Fp8Linear | DeviceInt8Linear]] = {
    torch.float8_e4m3fn: Fp8Linear,
    torch.int8: DeviceInt8Linear,
}


def check_capability(
    name: str,
    device: torch.device,
    capability_of: Callable[[torch.device], tuple[int, int]] = torch.cuda.get_device_capability,
) -> None:
    """
    Args:
        name: FP8 or INT8.

    Raises:
        ConfigError: the device cannot multiply numbers of 8 bits.
    """
    if device.type != "cuda":
        raise ConfigError("REDRAFT_DTYPE", f"a number format that {device.type} has", name)
    needed, capability = NEEDED_CAPABILITY[name], capability_of(device)
    if capability < needed:
        expected = "{}.{} or above for {}".format(*needed, name)
        raise ConfigError("REDRAFT_DTYPE", f"a GPU of compute capability {expected}", "{}.{}".format(*capability))


def quantise_layers(model: Any, dtype: torch.dtype) -> Any:
    """
    The model itself, changed. The head stays as it is, since it chooses the tokens, and so do layers of sizes that the
    kernel does not take.
    """
    kind = LAYERS[dtype]
    head = model.get_output_embeddings()
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if child is head or not isinstance(child, (nn.Linear, Conv1D)):
                continue
            weight = child.weight.t().contiguous() if isinstance(child, Conv1D) else child.weight
            if all(size % kind.MULTIPLE == 0 for size in weight.shape):
                setattr(parent, name, kind(weight, child.bias))
    return model
