"""Weights of 8 bits on a GPU: the same operators on CPU tensors, beside float products."""

import os

import pytest
import torch
from torch import nn

from engine.config import FP8, INT8
from engine.cuda.fp8_linear import Fp8Linear, quantise_fp8
from engine.cuda.int8_linear import DeviceInt8Linear
from engine.cuda.quantised import FORMATS, LAYERS, check_capability, quantise_layers
from engine.cuda.whole_products import keep_products_whole
from engine.errors import ConfigError
from engine.loader import choose_dtype
from engine.self_test import self_test
from staged import staged_engine
from tiny import KINDS, tiny_model

CUDA = torch.device("cuda", 0)

# Largest error beside the largest output: 4 bits of mantissa, 8 bits of an integer.
TOLERANCE = {Fp8Linear: 0.1, DeviceInt8Linear: 0.01}


def layer_and_rows(kind, num_rows):
    torch.manual_seed(0)
    linear = nn.Linear(48, 32).requires_grad_(False)
    rows = torch.randn(num_rows, 48) * torch.logspace(-3, 3, num_rows)[:, None]
    return kind(linear.weight, linear.bias), linear, rows


@pytest.mark.parametrize("num_rows", [1, 2, 40])
@pytest.mark.parametrize("kind", LAYERS.values())
def test_a_layer_of_8_bits_is_near_the_float_product_in_every_row(kind, num_rows):
    layer, linear, rows = layer_and_rows(kind, num_rows)
    expected = linear(rows) - linear.bias
    errors = (layer(rows) - linear.bias - expected).abs().amax(-1) / expected.abs().amax(-1)
    # A bias beside an output that is a thousand times smaller takes digits of it.
    assert (errors < TOLERANCE[kind] + 1e-3).all()


def test_a_row_of_integer_products_does_not_depend_on_the_rows_beside_it():
    layer, _, rows = layer_and_rows(DeviceInt8Linear, 40)
    together = layer(rows)
    for index in (0, 17, 39):
        assert torch.equal(layer(rows[index : index + 1])[0], together[index])


@pytest.mark.parametrize("kind", LAYERS.values())
def test_a_layer_of_8_bits_answers_in_the_format_that_it_is_given(kind):
    layer, _, rows = layer_and_rows(kind, 4)
    output = layer(rows.bfloat16()[None])
    assert output.dtype is torch.bfloat16
    assert output.shape == (1, 4, 32)


def test_fp8_rows_use_the_whole_range_and_never_leave_it():
    rows = torch.tensor([[1e-30, 0.0], [1.0, -1.0], [3e38, 1.0]])
    quantised, scales = quantise_fp8(rows)
    assert quantised.float().isfinite().all()
    assert quantised.float().abs().amax(-1).tolist() == pytest.approx([0, 448, 448])
    torch.testing.assert_close((quantised.float() * scales)[1:], rows[1:], rtol=1e-6, atol=1e37)


@pytest.mark.parametrize("dtype", LAYERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_with_weights_of_8_bits_passes_the_self_test(kind, dtype):
    model = quantise_layers(tiny_model(kind).bfloat16(), dtype)
    layers = [module for module in model.modules() if isinstance(module, LAYERS[dtype])]
    assert len(layers) == {"gpt2": 4, "llama": 7, "qwen2": 7, "mistral": 7}[kind] * 2
    assert model.get_output_embeddings().weight.dtype is torch.bfloat16
    self_test(staged_engine(model))


@pytest.mark.parametrize("dtype", LAYERS)
def test_layers_of_a_size_that_the_kernel_does_not_take_stay_as_they_are(dtype):
    model = tiny_model("llama")
    model.model.layers[0].mlp.up_proj = nn.Linear(32, 60)
    model.model.layers[0].mlp.down_proj = nn.Linear(60, 32)
    quantise_layers(model, torch.float8_e4m3fn)
    assert type(model.model.layers[0].mlp.up_proj) is nn.Linear
    assert type(model.model.layers[1].mlp.up_proj) is Fp8Linear


@pytest.mark.parametrize(
    ("name", "capability", "message"),
    [
        (FP8, (8, 6), r"REDRAFT_DTYPE: expected a GPU of compute capability 8\.9 or above for fp8, got '8\.6'"),
        (INT8, (7, 5), r"REDRAFT_DTYPE: expected a GPU of compute capability 8\.0 or above for int8, got '7\.5'"),
    ],
)
def test_names_the_capability_that_a_gpu_lacks(name, capability, message):
    with pytest.raises(ConfigError, match=message):
        check_capability(name, CUDA, lambda device: capability)


@pytest.mark.parametrize(("name", "capability"), [(FP8, (8, 9)), (FP8, (9, 0)), (INT8, (8, 0)), (INT8, (12, 0))])
def test_takes_a_gpu_that_has_the_format(name, capability):
    check_capability(name, CUDA, lambda device: capability)


def test_a_cpu_has_no_fp8():
    with pytest.raises(ConfigError, match="REDRAFT_DTYPE: expected a number format that cpu has, got 'fp8'"):
        choose_dtype(FP8, torch.device("cpu"))
    assert choose_dtype(INT8, torch.device("cpu")) is FORMATS[INT8]


def test_products_on_cuda_are_neither_split_nor_summed_in_fewer_bits(monkeypatch):
    for name in ("CUBLAS_WORKSPACE_CONFIG", "CUBLASLT_WORKSPACE_SIZE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    products = torch.backends.cuda.matmul
    try:
        keep_products_whole()
        for narrow in ("bf16", "fp16"):
            assert not getattr(products, f"allow_{narrow}_reduced_precision_reduction")
            assert not getattr(products, f"allow_{narrow}_reduced_precision_reduction_split_k")
        assert not products.allow_tf32
        assert os.environ["CUBLASLT_WORKSPACE_SIZE"] == "1"
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8", "what the user has set stays"
    finally:
        products.allow_bf16_reduced_precision_reduction = (True, True)
        products.allow_fp16_reduced_precision_reduction = (True, True)
