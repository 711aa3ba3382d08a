"""One attention function for packed passes over many sequences, for any model that uses AttentionInterface.

No mask function is registered under the name, so the models build no mask and hand the packed tokens over as they are.
Letters in shapes: T packed tokens, N segments, H query heads, G key/value heads, D head dimension, S keys of a segment.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from errors import UnsupportedModelError
from packed_pass import Attend, PackedPass, Segment, slots_tensor

NAME = "redraft_ragged"


def ragged_attention(
    module, query, key, value, attention_mask=None, scaling=None, ragged_pass=None, sliding_window=None, **extra
) -> tuple[torch.Tensor, None]:
    """The function that the models call; `ragged_pass` is the keyword argument given to the model's forward."""
    for name in ("softcap", "s_aux"):
        if extra.get(name) is not None:
            raise UnsupportedModelError(f"its attention uses {name}, which the packed pass does not have")
    if ragged_pass is None:
        raise UnsupportedModelError("it does not hand keyword arguments down to its attention")
    window = sliding_window if sliding_window is not None else getattr(module, "sliding_window", None)
    return ragged_pass.run(module.layer_idx, query, key, value, scaling, window), None


def attend_by_segment(packed: PackedPass, query, keys, values, scaling, window) -> torch.Tensor:
    """One SDPA call per segment: any device, any dtype."""
    outputs = [
        scaled_dot_product_attention(
            query[:, :, segment.queries],
            segment.gather(keys).transpose(0, 1)[None],
            segment.gather(values).transpose(0, 1)[None],
            # A prompt needs no [S, S] mask where the kernel can do without.
            attn_mask=None if segment.is_plainly_causal(window) else segment.mask(window, query),
            is_causal=segment.is_plainly_causal(window),
            scale=scaling,
            enable_gqa=query.shape[1] != keys.shape[1],
        )
        for segment in packed.segments
    ]
    return (outputs[0] if len(outputs) == 1 else torch.cat(outputs, 2)).transpose(1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class VarlenArguments:
    """What a variable-length kernel needs beside the tensors; the same for every layer of a pass."""

    gather: torch.Tensor
    """Slot of every key of every segment, back to back. Shape: [sum of S], int64."""

    cu_queries: torch.Tensor
    """Start of each segment's queries, then T. Shape: [N + 1], int32."""

    cu_keys: torch.Tensor
    """The same for the gathered keys."""

    max_queries: int
    max_keys: int

    @classmethod
    def of(cls, segments: list[Segment], device: torch.device) -> "VarlenArguments":
        queries = [segment.num_queries for segment in segments]
        keys = [segment.num_keys for segment in segments]
        gather = slots_tensor([span for segment in segments for span in segment.key_spans], device)
        return cls(gather, _cumulative(queries, device), _cumulative(keys, device), max(queries), max(keys))


def attend_varlen(varlen_attn: Callable[..., torch.Tensor]) -> Attend:
    """One call of `varlen_attn` (torch.nn.attention.varlen) for all segments: CUDA, bfloat16 or float16."""

    def attend(packed: PackedPass, query, keys, values, scaling, window) -> torch.Tensor:
        arguments = packed.kernel_arguments or VarlenArguments.of(packed.segments, packed.pool.device)
        packed.kernel_arguments = arguments
        output = varlen_attn(
            query[0].transpose(0, 1),
            keys.index_select(0, arguments.gather),
            values.index_select(0, arguments.gather),
            arguments.cu_queries,
            arguments.cu_keys,
            arguments.max_queries,
            arguments.max_keys,
            scale=scaling,
            # The kernel counts the keys left of a query; Hugging Face counts the query itself too.
            window_size=(-1 if window is None else window - 1, 0),
            enable_gqa=query.shape[1] != keys.shape[1],
            # Split keys are summed in an order that depends on the batch; one split keeps a row's result its own.
            num_splits=1,
        )
        return output[None]

    return attend


def choose_attend(device: torch.device, dtype: torch.dtype) -> Attend:
    """The variable-length kernel where there is one, else SDPA."""
    if device.type == "cuda" and dtype in (torch.bfloat16, torch.float16):
        from torch.nn.attention.varlen import varlen_attn

        return attend_varlen(varlen_attn)
    return attend_by_segment


def _cumulative(lengths: list[int], device: torch.device) -> torch.Tensor:
    return torch.tensor([0, *np.cumsum(lengths).tolist()], dtype=torch.int32, device=device)


AttentionInterface.register(NAME, ragged_attention)
