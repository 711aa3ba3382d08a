"""Integer weights: a token's logits are the same bits, whatever else is in the pass and however it was reached."""

import random

import numpy as np
import pytest
import torch

from engine.config import INT8, EngineConfig
from engine.errors import ErrorCode
from engine.int8.convert import to_int8
from engine.int8.native import library
from engine.int8.weights_file import weights_file
from engine.loader import build_engine, load_engine
from engine.self_test import self_test
from test_random_edits import Script
from tiny import KINDS, Reference, random_tokens, run_one, saved, step, tiny_model

CONFIG = EngineConfig(kv_bytes=2**21, dtype=INT8)
TEXT = random_tokens(150)


@pytest.fixture(autouse=True, params=["native", "torch"])
def path(request, monkeypatch):
    """Each of the two ways in which a process may run the passes."""
    if request.param == "torch":
        monkeypatch.setattr(library, "native_library", lambda: None)
    elif library.native_library() is None:
        pytest.skip("the native library cannot be built here")


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


@pytest.mark.parametrize("num_threads", [2, 3, 8])
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
