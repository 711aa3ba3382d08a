"""Several sequences in one batch: none feels the others."""

import pytest

from engine.errors import ErrorCode, StepError
from tiny import Reference, assert_agrees, make_engine, random_tokens, step

TEXTS = [random_tokens(count, seed=count) for count in (40, 3, 17, 90)]
DRAFTS = [random_tokens(count, seed=100 + count) for count in (5, 0, 12, 1)]


def prompts(**options):
    return [
        step(index, text, draft, start=True, **options)
        for index, (text, draft) in enumerate(zip(TEXTS, DRAFTS, strict=True))
    ]


def test_packed_steps_answer_as_if_each_ran_alone(family):
    engine, reference = make_engine(family), Reference(family)
    for answer, text, draft in zip(engine.run(prompts()), TEXTS, DRAFTS, strict=True):
        assert_agrees(answer, reference, text, draft)
    steps = [step(index, [index], [1, 2], [3], keep=len(text)) for index, text in enumerate(TEXTS)]
    for index, answer in enumerate(engine.run(steps)):
        assert_agrees(answer, reference, [*TEXTS[index], index], [1, 2], [3])


@pytest.mark.parametrize("max_pass_tokens", [1, 7, 32, 1000])
def test_prompts_cut_over_several_passes_answer_as_in_one(model, reference, max_pass_tokens):
    engine = make_engine(model, max_pass_tokens=max_pass_tokens)
    steps = [*prompts(), step(9, TEXTS[0], DRAFTS[0], DRAFTS[2], start=True)]
    answers = engine.run(steps)
    for answer, text, draft in zip(answers, TEXTS, DRAFTS, strict=False):
        assert_agrees(answer, reference, text, draft)
    assert_agrees(answers[-1], reference, TEXTS[0], DRAFTS[0], DRAFTS[2])
    tokens = sum(len(one.tokens) for one in steps)
    assert engine.totals.num_pass_tokens == tokens
    assert -(-tokens // max_pass_tokens) <= engine.totals.num_passes <= 2 * -(-tokens // max_pass_tokens)


def test_a_step_counts_only_the_passes_that_it_took_part_in(model):
    engine = make_engine(model, max_pass_tokens=50)
    short, long = engine.run([step(1, TEXTS[1], start=True), step(2, TEXTS[3], start=True)])
    # Three of its own, and the other's up to half of a pass.
    assert short.packed_tokens == 25
    assert long.packed_tokens == 93
    assert 0 < short.pass_ms < long.pass_ms


def test_a_refused_step_leaves_the_others_of_its_batch_alone(engine, reference):
    steps = prompts()
    steps[1] = step(1, [5, 128], start=True)
    answers = engine.run(steps)
    assert isinstance(answers[1], StepError)
    for index in (0, 2, 3):
        assert_agrees(answers[index], reference, TEXTS[index], DRAFTS[index])


def test_only_the_step_at_fault_fails_with_a_pass(engine, reference, monkeypatch):
    engine.run(prompts())
    forward = engine.runner.model.forward

    def fail_on_token_99(input_ids, **options):
        if (input_ids == 99).any():
            raise RuntimeError("out of memory")
        return forward(input_ids=input_ids, **options)

    monkeypatch.setattr(engine.runner.model, "forward", fail_on_token_99)
    steps = [step(index, [99 if index == 2 else 4], [5], keep=len(text)) for index, text in enumerate(TEXTS)]
    answers = engine.run(steps)
    assert answers[2].code is ErrorCode.INTERNAL
    assert "out of memory" in str(answers[2])
    for index in (0, 1, 3):
        assert_agrees(answers[index], reference, [*TEXTS[index], 4], [5])
    # What the failed pass left in the cache is unknown, so the sequence is gone rather than wrong.
    (answer,) = engine.run([step(2, [4], keep=3)])
    assert answer.code is ErrorCode.NOT_FOUND


def test_drops_a_sequence_whose_logits_are_not_finite(engine):
    engine.runner.model.lm_head.weight.data.fill_(float("nan"))
    (answer,) = engine.run([step(1, [5, 6], start=True)])
    assert answer.code is ErrorCode.INTERNAL
    assert "not finite" in str(answer)
    assert len(engine.sequences) == 0


def test_runs_the_steps_of_a_sequence_one_after_the_other(engine, reference):
    first, second, refused, third, ended, late = engine.run(
        [
            step(1, TEXTS[0], start=True),
            step(1, [4], [5, 6], keep=40),
            step(1, [500], keep=43),
            step(1, [7], keep=42),
            step(1, [], end=True),
            step(1, [8], keep=43),
        ]
    )
    assert_agrees(first, reference, TEXTS[0])
    assert_agrees(second, reference, [*TEXTS[0], 4], [5, 6])
    assert refused.code is ErrorCode.INVALID_ARG
    assert_agrees(third, reference, [*TEXTS[0], 4, 5, 7])
    assert ended.argmax.size == 0
    assert late.code is ErrorCode.NOT_FOUND
    assert engine.totals.num_passes == 3


def test_an_empty_batch_runs_no_pass(engine):
    assert engine.run([]) == []
    assert engine.totals.num_passes == 0
