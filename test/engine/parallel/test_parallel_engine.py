"""Two processes with half of the heads each answer as one does with all of them."""

import random

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from engine.config import EngineConfig, read_config
from engine.loader import load_engine
from test_random_edits import Script
from tiny import COMMON, Reference, assert_agrees, random_tokens, randomised, run_one, saved, step

# Of the words, one rank has more than the other.
ODD = {**COMMON, "vocab_size": 129}
MODELS = {
    "llama with biases": lambda: LlamaForCausalLM(LlamaConfig(**ODD, attention_bias=True, mlp_bias=True)),
    "qwen2 with a tied embedding": lambda: Qwen2ForCausalLM(Qwen2Config(**ODD, tie_word_embeddings=True)),
}
PARALLEL = {"REDRAFT_TENSOR_PARALLEL": "2", "REDRAFT_DTYPE": "float32", "REDRAFT_KV_BYTES": str(2**19)}


@pytest.fixture(scope="module", params=MODELS)
def loaded(request, tmp_path_factory):
    """A model, and an engine over it of two processes."""
    torch.manual_seed(0)
    model = randomised(MODELS[request.param]())
    directory = saved(model, tmp_path_factory.mktemp("model"))
    engine = load_engine(read_config({**PARALLEL, "REDRAFT_MODEL_DIR": str(directory)}))
    yield model, directory, engine
    engine.close()


@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_steps_answers_as_one_process_does(loaded, seed):
    model, directory, engine = loaded
    chance = random.Random(seed)
    single = load_engine(EngineConfig("tiny", directory, dtype="float32", kv_bytes=2**20))
    reference = Reference(model)
    scripts = [Script((seed, name), chance) for name in range(4)]
    for _ in range(12):
        batch = chance.sample(scripts, chance.randint(1, 4))
        steps = [script.next_step() for script in batch]
        answers, expected = engine.run(steps), single.run(steps)
        for script, answer, other in zip(batch, answers, expected, strict=True):
            assert_agrees(answer, reference, script.before, *script.branches)
            np.testing.assert_array_equal(answer.argmax, other.argmax)
            np.testing.assert_allclose(answer.margin, other.margin, atol=2e-4)


def test_a_shared_prompt_is_copied_on_all_ranks_before_it_is_changed(loaded):
    model, _, engine = loaded
    reference = Reference(model)
    prompt, other = random_tokens(200, seed=1), random_tokens(40, seed=2)
    num_reused = engine.sequences.num_reused_tokens
    for name in ("first", "second"):
        assert_agrees(run_one(engine, step(name, prompt, start=True)), reference, prompt)
    assert engine.sequences.num_reused_tokens - num_reused == 192
    # In the middle of the third block, which both use.
    assert_agrees(run_one(engine, step("second", other, keep=150)), reference, prompt[:150] + other)
    more = random_tokens(3, seed=3)
    assert_agrees(run_one(engine, step("first", more, keep=200)), reference, prompt + more)


def test_each_rank_holds_its_part_of_the_heads(loaded):
    _, _, engine = loaded
    assert {shape.num_heads for shape in engine.sequences.kv_cache.shapes} == {COMMON["num_key_value_heads"] // 2}
