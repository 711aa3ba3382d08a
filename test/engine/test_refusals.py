"""Steps that are refused: the field, what was expected and what came."""

import numpy as np
import pytest

from engine.errors import ErrorCode
from engine.verify_step import VerifyStep
from tiny import assert_agrees, make_engine, random_tokens, run_one, step

PROMPT = random_tokens(20)
DRAFT = random_tokens(5, seed=1)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (step(1, [], keep=3), "TOKENS: expected a prefix of at least one token before the branches, got 0 tokens"),
        (step(1, [], [4], keep=3), "TOKENS: expected a prefix of at least one token before the branches, got 1 tokens"),
        (step(1, [128], keep=3), "TOKENS: expected ids from 0 to 127, got 128"),
        (step(1, [4], [-1], keep=3), "TOKENS: expected ids from 0 to 127, got -1"),
        (step(1, [4], keep=-1), "KEEP: expected 0 or more, got -1"),
        (step(1, [4], keep=3, start=True), "KEEP: expected 0 with START, got 3"),
        (step(1, [4], adopt=1, start=True), "ADOPT: expected 0 with START, got 1"),
        (step(1, [4], keep=26), "KEEP: expected at most 25 (the cached tokens), got 26"),
        (step(1, [4], keep=23, adopt=1), "KEEP: expected at most 22 (the cached tokens), got 23"),
        (step(1, [4], keep=20, adopt=2), "ADOPT: expected a branch of the previous step (0 to 1), got 2"),
        (step(1, [4], keep=20, adopt=-1), "ADOPT: expected a branch of the previous step (0 to 1), got -1"),
        (
            step(1, [4] * 490, [5] * 3, keep=20),
            "at most 512 tokens in all, the model's context limit, got 513 (20 kept, 490 prefix, 3 draft)",
        ),
    ],
)
def test_names_what_is_wrong_with_a_step_and_leaves_its_sequence_as_it_was(engine, reference, refused, message):
    run_one(engine, step(1, PROMPT, DRAFT, [6, 6], start=True))
    (answer,) = engine.run([refused])
    assert answer.code is ErrorCode.INVALID_ARG
    assert message in str(answer)
    after = run_one(engine, step(1, [7], [8, 9], keep=21, adopt=1))
    assert_agrees(after, reference, [*PROMPT, 6, 7], [8, 9])


def test_refuses_negative_branch_lengths(engine):
    tokens = np.array([4, 5, 6], np.int32)
    (answer,) = engine.run([VerifyStep(1, tokens, (-2, 1), is_start=True)])
    assert "BRANCHES: expected lengths of at least 0, got [-2, 1]" in str(answer)


def test_refuses_a_prompt_above_the_cache_without_evicting_others(model):
    engine = make_engine(model, num_slots=64, eviction_grace_seconds=0)
    run_one(engine, step(1, PROMPT, start=True))
    (answer,) = engine.run([step(2, random_tokens(70), start=True)])
    assert answer.code is ErrorCode.INVALID_ARG
    assert "70" in str(answer)
    assert "64 tokens, the size of the KV cache" in str(answer)
    assert len(engine.sequences) == 1


def test_fills_the_context_to_its_last_token(engine, reference):
    text = random_tokens(512)
    answer = run_one(engine, step(1, text[:500], text[500:], start=True))
    assert_agrees(answer, reference, text[:500], text[500:])
