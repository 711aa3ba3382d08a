"""What torch computes of the integer pass: exact products, rounding to grids, attention on them."""

import pytest
import torch

from engine.block_pool import BlockPool
from engine.block_table import BlockTable
from engine.int8.exact_attention import ExactAttention
from engine.int8.exact_cache import ExactKvCache
from engine.int8.grid import KEY_BITS, QUERY_BITS, round_to_norm, round_values, split_to_norm
from engine.int8.linear import Int8Linear
from engine.int8.products import float_block_product, int_product, quantise_rows, quantise_wide_rows
from engine.int8.rows import ElementwiseActivation
from engine.kv_cache import LayerShape
from engine.scheduler import Chunk, Lane
from tiny import random_tokens


def test_attention_to_keys_with_a_large_bias_is_near_that_in_double_precision():
    num_tokens, dim = 40, 64
    pool = BlockPool(1, 64, wants_runs=True, keeps_prefixes=False)
    cache = ExactKvCache([ExactKvCache.stored(LayerShape(1, dim, dim))], pool, torch.float32, torch.device("cpu"))
    query, key, value = torch.randn(3, num_tokens, 1, dim)
    key += 300 * torch.randn(dim)
    cache.write(0, torch.arange(num_tokens), key, value)
    lane = Lane(random_tokens(num_tokens), BlockTable(64, [0]), 0, 0, 0)
    attention = ExactAttention([Chunk(lane, 0, num_tokens)], torch.device("cpu"))
    output = attention(query.transpose(0, 1)[None], cache.keys[0], cache.values[0], None, None)
    heads = [one.transpose(0, 1)[None].double() for one in (query, key, value)]
    expected = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    torch.testing.assert_close(output.transpose(1, 2).double(), expected, atol=0.02, rtol=0)


@pytest.mark.parametrize("shape", [(1, 3, 5), (2, 64, 7), (7, 96, 33), (70, 2048, 65)])
def test_products_are_the_exact_sums(shape):
    num_rows, num_terms, num_channels = shape
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(-127, 128, (num_rows, num_terms), generator=generator, dtype=torch.int8)
    weight = torch.randint(-127, 128, (num_channels, num_terms), generator=generator, dtype=torch.int8)
    rows[0], weight[0] = 127, -127
    exact = rows.long() @ weight.long().t()
    assert torch.equal(int_product(rows, weight).long(), exact)
    assert torch.equal(float_block_product(rows, weight).long(), exact)


def test_quantised_rows_are_within_half_a_step_of_the_rows():
    rows = torch.randn(9, 40) * torch.logspace(-3, 3, 9)[:, None]
    narrow, scales = quantise_rows(rows)
    assert ((narrow * scales - rows).abs() <= 0.51 * scales).all()
    wide, scales = quantise_wide_rows(rows)
    assert (((wide[:9].float() * 128 + wide[9:]) * scales - rows).abs() <= 0.51 * scales).all()
    assert torch.equal(quantise_rows(torch.zeros(1, 8))[0], torch.zeros(1, 8, dtype=torch.int8))


def test_products_of_rounded_rows_are_exact_in_float32():
    left, right = torch.randn(50, 128) * 100, torch.randn(60, 128) * torch.logspace(-4, 4, 60)[:, None]
    left, right = round_to_norm(left, QUERY_BITS), round_to_norm(right, KEY_BITS)
    assert torch.equal((left @ right.t()).double(), left.double() @ right.double().t())


def test_two_parts_keep_nearly_all_digits_of_a_row():
    rows = torch.randn(50, 64) * torch.logspace(-4, 4, 50)[:, None]
    rows[:, 3] += 1000
    coarse, fine = split_to_norm(rows, KEY_BITS)
    assert torch.equal(coarse, round_to_norm(rows, KEY_BITS))
    assert ((coarse + fine - rows).abs() <= rows.norm(dim=-1, keepdim=True) * 2.0**-22).all()


def test_values_are_rounded_to_one_grid_after_the_division():
    values = torch.randn(20, 3, 16) * torch.logspace(-2, 2, 20)[:, None, None]
    rounded, limits = round_values(values)
    assert (rounded.abs() <= 1).all()
    assert torch.equal(rounded * 256, (rounded * 256).round())
    assert ((rounded * limits - values).abs() <= limits / 512).all()


@pytest.mark.parametrize("length", [5, 128, 200])
def test_an_activation_takes_each_row_by_itself(length):
    activation = ElementwiseActivation(torch.nn.functional.silu)
    rows = torch.randn(7, length)
    together = activation(rows)
    assert torch.equal(together, torch.cat([activation(row[None]) for row in rows]))
    torch.testing.assert_close(together, torch.nn.functional.silu(rows))


def test_a_layer_keeps_a_byte_for_each_weight():
    layer = Int8Linear(torch.randn(64, 32))
    assert layer.weight.dtype is torch.int8
    assert sum(buffer.nbytes for buffer in layer.buffers()) == 64 * 32 + 64 * 4
