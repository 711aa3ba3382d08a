"""Whether integer weights pay on this CPU: measured on layers of the model's own size, at the load."""

import copy
import logging
import math
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig

from engine.int8.linear import Int8Linear

logger = logging.getLogger(__name__)

NUM_ROWS = (1, 32, 128)
"""Rows of a plain step, a short draft and a long one."""

LEAST_GAIN = 2.0
"""Below it float32 stays: small models gain less and lose more, see `to_int8`."""

_NUM_RUNS = 15
_FORMATS = ("float32", "int8", "bfloat16")


def integer_weights_pay(directory: Path) -> bool:
    """
    Whether int8 is clearly faster than float32 for the model of the directory; the log says why.

    bfloat16 is measured for comparison and never chosen: there a row's sums may depend on the rows beside it, so that
    a draft could change what is written.
    """
    widest = _widest_layer(AutoConfig.from_pretrained(directory, local_files_only=True))
    layers = dict(zip(_FORMATS, (widest, Int8Linear(widest.weight), copy.deepcopy(widest).bfloat16()), strict=True))
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        gains = _gains(layers, widest.in_features)
    finally:
        torch.set_num_threads(num_threads)
    is_chosen = gains["int8"] >= LEAST_GAIN
    logger.info(
        "number format %s: layers of %d by %d take int8 %.1f times as fast as float32, bfloat16 %.1f times",
        "int8" if is_chosen else "float32",
        widest.in_features,
        widest.out_features,
        gains["int8"],
        gains["bfloat16"],
    )
    return is_chosen


def _widest_layer(config: Any) -> nn.Linear:
    text = config.get_text_config()
    hidden: int = text.hidden_size
    inner: int = getattr(text, "intermediate_size", None) or 4 * hidden
    return nn.Linear(hidden, inner, bias=False).requires_grad_(False)


def _gains(layers: dict[str, nn.Module], width: int) -> dict[str, float]:
    """How many times as fast as float32 each format is, over the sizes."""
    logs: dict[str, list[float]] = {name: [] for name in layers}
    for num_rows in NUM_ROWS:
        seconds = _least_seconds(layers, torch.randn(num_rows, width))
        for name in layers:
            logs[name].append(math.log(seconds["float32"] / seconds[name]))
    return {name: math.exp(statistics.mean(values)) for name, values in logs.items()}


def _least_seconds(layers: dict[str, nn.Module], rows: torch.Tensor) -> dict[str, float]:
    """The shortest of several calls of one thread, in its own time: what else the machine does counts little."""
    least = dict.fromkeys(layers, math.inf)
    for _ in range(_NUM_RUNS):
        for name, layer in layers.items():
            given = rows.bfloat16() if name == "bfloat16" else rows
            began = time.thread_time()
            layer(given)
            least[name] = min(least[name], time.thread_time() - began)
    return least
