"""Engines whose passes are staged, padded and replayed as on a GPU, over CPU tensors."""

import torch
from bench.gpu.plain_kernel import install_on_cpu
from torch import nn
from torch.nn.attention.varlen import varlen_attn
from transformers.pytorch_utils import Conv1D

from engine.block_pool import BlockPool
from engine.cuda.cuda_graph import Capture
from engine.cuda.cuda_runner import CudaRunner
from engine.cuda.padded_cache import PaddedKvCache
from engine.cuda.pass_inputs import PassInputs
from engine.cuda.pass_shape import PassShape
from engine.cuda.varlen_attention import VarlenAttention
from engine.engine import Engine
from engine.model_probe import probe_layers
from engine.open_sequences import OpenSequences
from recorded_graph import record

BLOCK_TOKENS = 4

install_on_cpu()


def staged_engine(
    model: nn.Module,
    num_slots: int = 2048,
    *,
    max_pass_tokens: int = 512,
    capture: Capture | None = record,
    kernel=varlen_attn,
    keeps_prefixes: bool = False,
) -> Engine:
    parameter = next(model.parameters())
    pool = BlockPool(num_slots // BLOCK_TOKENS, BLOCK_TOKENS, wants_runs=False, keeps_prefixes=keeps_prefixes)
    kv_cache = PaddedKvCache(probe_layers(model), pool, parameter.dtype, parameter.device)
    runner = CudaRunner(model, kv_cache, kernel, max_pass_tokens, capture)
    return Engine(runner, OpenSequences(kv_cache, 75.0, 5.0), max_pass_tokens)


def unpadded(chunks, device) -> VarlenAttention:
    """A backend of the plain runner: the same kernel, with neither padding nor blocks."""
    sizes = [(chunk.num_tokens, chunk.num_answers, chunk.num_keys) for chunk in chunks]
    num_tokens, num_answers, num_keys = (sum(counts) for counts in zip(*sizes, strict=True))
    shape = PassShape(num_tokens, num_answers, len(chunks), 0, num_keys)
    inputs = PassInputs(shape, device, BLOCK_TOKENS, padding_slot=0)
    inputs.send(chunks)
    return VarlenAttention(varlen_attn, shape, inputs.tensors, BLOCK_TOKENS)


class RowProducts(nn.Module):
    """A linear layer whose rows do not depend on each other to the last bit."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None):
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        output = (hidden[..., None, :] * self.weight).sum(-1)
        return output if self.bias is None else output + self.bias


def with_row_products(model: nn.Module) -> nn.Module:
    """The model itself, changed."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Linear):
                setattr(parent, name, RowProducts(child.weight, child.bias))
            elif isinstance(child, Conv1D):
                weight = nn.Parameter(child.weight.t().contiguous(), requires_grad=False)
                setattr(parent, name, RowProducts(weight, child.bias))
    return model
