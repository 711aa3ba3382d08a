"""One sequence: answers are those of the model's own forward, whatever was drafted, rejected or adopted before."""

import numpy as np
import pytest
import torch

from engine.model_runner import choose_greedily
from tiny import Reference, assert_agrees, make_engine, random_tokens, run_one, step

PROMPT = random_tokens(21)
DRAFT = random_tokens(6, seed=1)
OTHER = random_tokens(4, seed=2)


def test_answers_after_the_prefix_and_after_each_draft_token(family):
    answer = run_one(make_engine(family), step(1, PROMPT, DRAFT, start=True))
    assert len(answer.argmax) == len(answer.margin) == len(DRAFT) + 1
    assert_agrees(answer, Reference(family), PROMPT, DRAFT)


def test_answers_a_plain_step_once(engine, reference):
    answer = run_one(engine, step(1, PROMPT, start=True))
    assert answer.argmax.shape == (1,)
    assert_agrees(answer, reference, PROMPT)


def test_answers_an_empty_branch_with_the_choice_after_the_prefix(engine, reference):
    answer = run_one(engine, step(1, PROMPT, [], DRAFT, [], start=True))
    assert_agrees(answer, reference, PROMPT, [], DRAFT, [])


def test_rolls_rejected_tokens_back(family):
    engine, reference = make_engine(family), Reference(family)
    run_one(engine, step(1, PROMPT, DRAFT, start=True))
    kept = PROMPT + DRAFT[:2]
    answer = run_one(engine, step(1, [5], [9, 8, 7], keep=len(kept)))
    assert_agrees(answer, reference, [*kept, 5], [9, 8, 7])


def test_keeps_everything_or_nothing(engine, reference):
    run_one(engine, step(1, PROMPT, DRAFT, start=True))
    answer = run_one(engine, step(1, [3], keep=len(PROMPT) + len(DRAFT)))
    assert_agrees(answer, reference, [*PROMPT, *DRAFT, 3])
    answer = run_one(engine, step(1, OTHER, keep=0))
    assert_agrees(answer, reference, OTHER)


def test_branches_do_not_see_each_other(family):
    answer = run_one(make_engine(family), step(1, PROMPT, DRAFT, OTHER, DRAFT[:3], start=True))
    assert_agrees(answer, Reference(family), PROMPT, DRAFT, OTHER, DRAFT[:3])


@pytest.mark.parametrize("accepted", [0, 1, 3, 7])
@pytest.mark.parametrize("adopt", [0, 1, 2])
def test_goes_on_from_the_adopted_branch(engine, reference, adopt, accepted):
    # The third branch is longer than the first, so that source and target of the adoption overlap.
    branches = [random_tokens(7, 3), random_tokens(7, 4), random_tokens(9, 5)]
    run_one(engine, step(1, PROMPT, *branches, start=True))
    kept = PROMPT + branches[adopt][:accepted]
    answer = run_one(engine, step(1, [7], DRAFT, OTHER, keep=len(kept), adopt=adopt))
    assert_agrees(answer, reference, [*kept, 7], DRAFT, OTHER)


def test_adopts_a_long_branch_over_a_short_first_one(engine, reference):
    long = random_tokens(40, 6)
    run_one(engine, step(1, PROMPT, [1], long, start=True))
    answer = run_one(engine, step(1, [7], keep=len(PROMPT) + 39, adopt=1))
    assert_agrees(answer, reference, [*PROMPT, *long[:39], 7])


@pytest.mark.parametrize("size", [1, 2, 5, 16, 64])
def test_writes_the_same_output_whatever_the_draft_length(family, size):
    engine, reference = make_engine(family), Reference(family)
    expected = reference.greedy(PROMPT, 24)
    # A draft that is right but for every seventh token, as an edited file is.
    draft = [token if index % 7 else (token + 1) % 128 for index, token in enumerate(expected)]
    output = [int(run_one(engine, step(1, PROMPT, start=True)).argmax[0])]
    while len(output) < len(expected):
        drafted = draft[len(output) : len(output) + size - 1]
        answer = run_one(engine, step(1, output[-1:], drafted, keep=len(PROMPT) + len(output) - 1))
        wrong = np.flatnonzero(answer.argmax[:-1] != drafted)
        output += answer.argmax[: (wrong[0] if len(wrong) else len(drafted)) + 1].tolist()
    assert output[: len(expected)] == expected


def test_answers_the_tokens_of_a_step_that_ends_its_sequence(engine, reference):
    answer = run_one(engine, step(1, PROMPT, DRAFT, start=True, end=True))
    assert_agrees(answer, reference, PROMPT, DRAFT)
    assert len(engine.sequences) == 0


def test_chooses_the_lowest_id_of_tied_logits(model):
    model.lm_head.weight.data.zero_()
    answer = run_one(make_engine(model), step(1, PROMPT, DRAFT, start=True))
    assert answer.argmax.tolist() == [0] * 7
    assert answer.margin.tolist() == [0] * 7


def test_measures_the_margin_of_negative_logits_and_of_ties():
    choices = choose_greedily(torch.tensor([[-3.0, -1.0, -2.5], [-2.0, -5.0, -2.0]]))
    assert (choices.argmax.tolist(), choices.margin.tolist()) == ([1, 0], [1.5, 0.0])
