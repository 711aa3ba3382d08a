"""Prompts with a common beginning: it is computed once, and no answer tells that it was."""

import random

import numpy as np
import pytest

from engine.errors import StepError
from test_random_edits import Script
from tiny import VOCABULARY, Reference, assert_agrees, make_engine, random_tokens, run_one, step, tiny_model

TEXT = random_tokens(30)


@pytest.fixture
def engine(model):
    return make_engine(model, keeps_prefixes=True)


def test_a_prompt_with_a_known_beginning_runs_only_the_rest(engine, reference):
    run_one(engine, step(1, TEXT, [1, 2], start=True))
    answer = run_one(engine, step(2, [*TEXT[:22], 5, 6], [7, 8], [9], start=True))
    assert answer.packed_tokens == 2 + 2 + 2 + 1, "20 of 22 tokens are whole blocks"
    assert_agrees(answer, reference, [*TEXT[:22], 5, 6], [7, 8], [9])
    assert_agrees(run_one(engine, step(1, [3], keep=31)), reference, [*TEXT, 1, 3])
    assert engine.sequences.num_reused_tokens == 20


def test_the_last_token_of_a_known_prompt_runs_so_that_there_is_an_answer(engine, reference):
    run_one(engine, step(1, TEXT[:24], start=True))
    answer = run_one(engine, step(2, TEXT[:24], start=True))
    assert answer.packed_tokens == 4
    assert_agrees(answer, reference, TEXT[:24])


def test_a_prompt_outlives_its_sequence(engine, reference):
    run_one(engine, step(1, TEXT, start=True))
    run_one(engine, step(1, [], end=True))
    assert engine.sequences.kv_cache.num_used_slots == 0
    answer = run_one(engine, step(2, TEXT, start=True))
    assert answer.packed_tokens == 2
    assert_agrees(answer, reference, TEXT)


def test_a_sequence_that_rolls_its_prompt_back_leaves_the_others_theirs(engine, reference):
    for name in (1, 2, 3):
        run_one(engine, step(name, TEXT, start=True))
    assert_agrees(run_one(engine, step(1, [9, 8, 7], keep=6)), reference, [*TEXT[:6], 9, 8, 7])
    assert_agrees(run_one(engine, step(2, [5], keep=0)), reference, [5])
    assert_agrees(run_one(engine, step(3, [4], keep=30)), reference, [*TEXT, 4])
    assert_agrees(run_one(engine, step(4, TEXT, start=True)), reference, TEXT)


def test_what_was_drafted_or_is_not_finite_is_never_shared(engine, reference):
    run_one(engine, step(1, TEXT[:4], TEXT[4:], start=True))
    answer = run_one(engine, step(2, TEXT, start=True))
    assert answer.packed_tokens == 26
    head = engine.runner.model.lm_head.weight.data
    intact = head.clone()
    head.fill_(float("nan"))
    other = random_tokens(30, 1)
    (failed,) = engine.run([step(3, other, start=True)])
    assert isinstance(failed, StepError)
    head.copy_(intact)
    answer = run_one(engine, step(4, other, start=True))
    assert answer.packed_tokens == 30
    assert_agrees(answer, reference, other)


def test_cached_prompts_give_way_to_what_is_open(model, reference):
    engine = make_engine(model, num_slots=64, keeps_prefixes=True)
    for name in range(6):
        text = random_tokens(24, name)
        assert_agrees(run_one(engine, step(name, text, [3], start=True)), reference, text, [3])
        run_one(engine, step(name, [], end=True))
    full = random_tokens(64, 9)
    assert_agrees(run_one(engine, step("full", full, start=True)), reference, full)
    run_one(engine, step("full", [], end=True))
    assert engine.sequences.kv_cache.tokens == (64, 64)


class Prompted(Script):
    """Histories whose prompts begin like each other's, and which end now and then."""

    def next_step(self):
        if self.candidates and self.chance.random() < 0.15:
            self.candidates = []
            self.before, self.branches = [], []
            return step(self.name, [], end=True)
        return super().next_step()

    def tokens(self, least: int, most: int) -> list[int]:
        if most != 25:
            return super().tokens(least, most)
        # Few beginnings of 4, 8, 12 … tokens; then anything.
        common = [token for _ in range(4) for token in [self.chance.randrange(2) * 60 + 1] * 4]
        return [*common[: self.chance.randint(1, 16)], self.chance.randrange(VOCABULARY)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral"])
def test_any_history_answers_as_full_forwards_do(kind, seed):
    chance = random.Random(seed)
    model = tiny_model(kind, seed)
    reference = Reference(model)
    engine = make_engine(model, num_slots=240, max_pass_tokens=chance.choice([5, 23, 512]), keeps_prefixes=True)
    scripts = [Prompted(name, chance) for name in range(4)]
    for _ in range(25):
        batch = chance.sample(scripts, chance.randint(1, 4))
        answers = engine.run([script.next_step() for script in batch])
        for script, answer in zip(batch, answers, strict=True):
            if script.before:
                assert_agrees(answer, reference, script.before, *script.branches)
    assert engine.sequences.num_reused_tokens > 0
    engine.run([step(script.name, [], end=True) for script in scripts])
    assert engine.sequences.kv_cache.tokens == (240, 240)
    assert np.count_nonzero(engine.sequences.kv_cache.pool._num_users) == 0
