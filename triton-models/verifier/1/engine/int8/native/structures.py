"""What Python and the native library hand each other, field by field as in abi.h."""

from collections.abc import Sequence
from ctypes import POINTER, Structure, c_double, c_int64, c_void_p

import torch


class Linear(Structure):
    """A layer's int8 weights [N, K], scales [N] and bias [N]."""

    _fields_ = [
        ("weight", c_void_p),
        ("scales", c_void_p),
        ("bias", c_void_p),
        ("num_inputs", c_int64),
        ("num_outputs", c_int64),
    ]

    @classmethod
    def of(cls, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None) -> "Linear":
        """Reads the tensors, which must outlive it."""
        bias_address = None if bias is None else bias.data_ptr()
        return cls(weight.data_ptr(), scales.data_ptr(), bias_address, weight.shape[1], weight.shape[0])


class Chunk(Structure):
    """Tokens that follow each other, and the int32 slots of all positions up to the last of them."""

    _fields_ = [("num_tokens", c_int64), ("first_position", c_int64), ("slots", c_void_p)]


class Pass(Structure):
    """The chunks of a forward. Cosines and sines are float32 [num_rows, head_dim]."""

    _fields_ = [
        ("chunks", POINTER(Chunk)),
        ("num_chunks", c_int64),
        ("num_rows", c_int64),
        ("cosines", c_void_p),
        ("sines", c_void_p),
        ("num_threads", c_int64),
    ]


class Attention(Structure):
    """Sizes of an attention; a window of 0 is none."""

    _fields_ = [
        ("num_heads", c_int64),
        ("num_kv_heads", c_int64),
        ("key_dim", c_int64),
        ("value_dim", c_int64),
        ("window", c_int64),
        ("scaling", c_double),
    ]


class Norm(Structure):
    """A root mean square norm with float32 weights [K]."""

    _fields_ = [("weight", c_void_p), ("epsilon", c_double)]


class Layer(Structure):
    """A decoder layer with rotary positions and a gated MLP of SiLU."""

    _fields_ = [
        ("input_norm", Norm),
        ("qkv", Linear),
        ("attention", Attention),
        ("output", Linear),
        ("mlp_norm", Norm),
        ("gate_up", Linear),
        ("down", Linear),
    ]


class Decoder(Structure):
    """All of a model behind its embedding."""

    _fields_ = [("layers", POINTER(Layer)), ("num_layers", c_int64), ("norm", Norm), ("head", Linear)]

    @classmethod
    def of(cls, layers: Sequence[Layer], norm: Norm, head: Linear) -> "Decoder":
        """Reads what they read."""
        return cls((Layer * len(layers))(*layers), len(layers), norm, head)


class Caches(Structure):
    """Keys and values of each layer."""

    _fields_ = [("keys", POINTER(c_void_p)), ("values", POINTER(c_void_p))]

    @classmethod
    def of(cls, keys: Sequence[torch.Tensor], values: Sequence[torch.Tensor]) -> "Caches":
        """Writes to the tensors, which must outlive it."""
        addresses = [(c_void_p * len(keys))(*(one.data_ptr() for one in tensors)) for tensors in (keys, values)]
        return cls(*addresses)


class Answers(Structure):
    """Rows [N] of a pass whose next token is asked for, as int64; int32 tokens [N] and float32 margins [N]."""

    _fields_ = [("rows", c_void_p), ("num_rows", c_int64), ("chosen", c_void_p), ("margins", c_void_p)]
