"""Integer weights: a token's logits are the same bits, whatever else is in the pass and however it was reached."""

import random

import numpy as np
import pytest
import torch

from engine.block_pool import BlockPool
from engine.block_table import BlockTable
from engine.config import INT8, EngineConfig
from engine.errors import ErrorCode
from engine.int8.convert import to_int8
from engine.int8.exact_attention import ExactAttention
from engine.int8.exact_cache import ExactKvCache
from engine.int8.grid import KEY_BITS, QUERY_BITS, round_to_norm, round_values, split_to_norm
from engine.int8.linear import Int8Linear
from engine.int8.products import float_block_product, int_product, quantise_rows, quantise_wide_rows
from engine.int8.rows import ElementwiseActivation
from engine.int8.weights_file import weights_file
from engine.kv_cache import LayerShape
from engine.loader import build_engine, load_engine
from engine.scheduler import Chunk, Lane
from engine.self_test import self_test
from test_random_edits import Script
from tiny import KINDS, Reference, random_tokens, run_one, saved, step, tiny_model

CONFIG = EngineConfig(kv_bytes=2**21, dtype=INT8)
TEXT = random_tokens(150)


def int8_engine(kind, seed=0, max_pass_tokens=512):
    config = EngineConfig(kv_bytes=2**20, dtype=INT8, max_pass_tokens=max_pass_tokens)
    return build_engine(to_int8(tiny_model(kind, seed)), config)


def one_at_a_time(engine, tokens):
    """Choices and margins after every token, each from a step of its own."""
    answers = [run_one(engine, step("alone", tokens[:1], start=True))]
    answers += [run_one(engine, step("alone", [token], keep=index)) for index, token in enumerate(tokens[1:], 1)]
    return np.array([one.argmax[0] for one in answers]), np.array([one.margin[0] for one in answers])


def assert_same_bits(answer, argmax, margin):
    np.testing.assert_array_equal(answer.argmax, argmax)
    np.testing.assert_array_equal(answer.margin.view(np.int32), margin.view(np.int32))


@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_draft_tokens_answers_as_one_token_at_a_time_to_the_bit(kind):
    engine = int8_engine(kind)
    argmax, margin = one_at_a_time(engine, TEXT)
    for begin in (1, 63, 64, 65, 149):
        for end in (begin, begin + 1, begin + 2, begin + 7, begin + 66, 150):
            answer = run_one(engine, step("drafted", TEXT[:begin], TEXT[begin:end], start=True))
            assert_same_bits(answer, argmax[begin - 1 : end], margin[begin - 1 : end])


@pytest.mark.parametrize("num_threads", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_threads_changes_no_bit(kind, num_threads):
    engine = int8_engine(kind)
    argmax, margin = one_at_a_time(engine, TEXT)
    torch.set_num_threads(num_threads)
    try:
        answer = run_one(engine, step("drafted", TEXT[:1], TEXT[1:], start=True))
    finally:
        torch.set_num_threads(1)
    assert_same_bits(answer, argmax, margin)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_any_history_of_steps_answers_as_one_token_at_a_time_to_the_bit(kind, seed):
    chance = random.Random(seed)
    alone = int8_engine(kind, seed)
    engine = int8_engine(kind, seed, max_pass_tokens=chance.choice([5, 23, 512]))
    scripts = [Script(name, chance) for name in range(4)]
    for _ in range(6):
        batch = chance.sample(scripts, chance.randint(1, 4))
        answers = engine.run([script.next_step() for script in batch])
        for script, answer in zip(batch, answers, strict=True):
            expected = [
                [part[len(script.before) - 1 :] for part in one_at_a_time(alone, [*script.before, *branch])]
                for branch in script.branches or [[]]
            ]
            assert_same_bits(answer, *(np.concatenate(parts) for parts in zip(*expected, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_whose_beginning_is_cached_answers_as_one_token_at_a_time_to_the_bit(kind):
    engine = int8_engine(kind, max_pass_tokens=50)
    argmax, margin = one_at_a_time(int8_engine(kind), TEXT)
    for begin in (140, 70, 129, 149):
        answer = run_one(engine, step(begin, TEXT[:begin], TEXT[begin:], start=True))
        assert_same_bits(answer, argmax[begin - 1 :], margin[begin - 1 :])
    assert engine.sequences.num_reused_tokens == 64 + 2 * 128


@pytest.mark.parametrize("kind", KINDS)
def test_chooses_nearly_as_float32_does(kind):
    answer = run_one(int8_engine(kind), step(1, TEXT[:1], TEXT[1:], start=True))
    argmax, margin = Reference(tiny_model(kind))(TEXT)
    assert (answer.argmax == argmax).mean() > 0.95
    assert np.abs(answer.margin - margin).mean() < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_passes_the_self_test(kind):
    self_test(int8_engine(kind))


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


@pytest.mark.parametrize("kind", KINDS)
def test_loads_by_the_setting_and_again_from_the_cache(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    directory = saved(tiny_model(kind), tmp_path / "model")
    expected = one_at_a_time(int8_engine(kind), TEXT)
    config = EngineConfig("tiny", directory, kv_bytes=2**20, dtype=INT8, threads=1)
    for _ in range(2):
        answer = run_one(load_engine(config), step(1, TEXT[:1], TEXT[1:], start=True))
        assert_same_bits(answer, *expected)
    assert weights_file(directory, None).is_file()


def test_the_cache_knows_other_weights_by_another_name(tmp_path):
    directory = saved(tiny_model("llama"), tmp_path)
    first = weights_file(directory, None)
    saved(tiny_model("llama", seed=1), tmp_path)
    assert weights_file(directory, None) != first


def test_what_was_made_of_the_model_before_it_changed_is_removed_and_others_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = []
    for name, seed in (("other", 0), ("model", 0), ("model", 1)):
        directory = saved(tiny_model("llama", seed=seed), tmp_path / name)
        load_engine(EngineConfig("tiny", directory, kv_bytes=2**20, dtype=INT8))
        kept.append(weights_file(directory, None))
    assert sorted(kept[0].parent.iterdir()) == sorted([kept[0], kept[2]])


def test_quantises_anew_where_nothing_can_be_kept(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    directory = saved(tiny_model("llama"), tmp_path / "model")
    answer = run_one(
        load_engine(EngineConfig("tiny", directory, kv_bytes=2**20, dtype=INT8)), step(1, TEXT, start=True)
    )
    assert answer.argmax.shape == (1,)


def test_a_sequence_that_is_not_finite_harms_no_other():
    engine = int8_engine("llama")
    expected = run_one(engine, step(1, TEXT, start=True))
    scales = engine.runner.model.model.layers[0].self_attn.qkv_proj.scales
    intact = scales.clone()
    scales.fill_(float("nan"))
    (bad,) = engine.run([step(2, TEXT, start=True)])
    assert bad.code is ErrorCode.INTERNAL
    scales.copy_(intact)
    again = run_one(engine, step(3, TEXT, start=True))
    assert_same_bits(again, expected.argmax, expected.margin)


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
