"""Several sequences in one batch: does any row feel its neighbours?"""

import pytest

from errors import Code, RowError
from tiny import Reference, assert_agrees, make_engine, random_tokens, run_one, step

TEXTS = [random_tokens(count, seed=count) for count in (40, 3, 17, 90)]
DRAFTS = [random_tokens(count, seed=100 + count) for count in (5, 0, 12, 1)]


def prompts(**options):
    return [
        step(index, text, draft, start=True, **options)
        for index, (text, draft) in enumerate(zip(TEXTS, DRAFTS, strict=True))
    ]


def test_packed_rows_mix_their_kv(family):
    engine, reference = make_engine(family), Reference(family)
    for answer, text, draft in zip(engine.run(prompts()), TEXTS, DRAFTS, strict=True):
        assert_agrees(answer, reference, text, draft)
    rows = [step(index, [index], [1, 2], [3], keep=len(text)) for index, text in enumerate(TEXTS)]
    for index, answer in enumerate(engine.run(rows)):
        assert_agrees(answer, reference, [*TEXTS[index], index], [1, 2], [3])


@pytest.mark.parametrize("max_pass_tokens", [1, 7, 32, 1000])
def test_a_long_prompt_in_bounded_passes_differs_from_one_pass(model, reference, max_pass_tokens):
    engine = make_engine(model, max_pass_tokens=max_pass_tokens)
    rows = [*prompts(), step(9, TEXTS[0], DRAFTS[0], DRAFTS[2], start=True)]
    answers = engine.run(rows)
    for answer, text, draft in zip(answers, TEXTS, DRAFTS, strict=False):
        assert_agrees(answer, reference, text, draft)
    assert_agrees(answers[-1], reference, TEXTS[0], DRAFTS[0], DRAFTS[2])
    tokens = sum(len(row.tokens) for row in rows)
    assert engine.totals.pass_tokens == tokens
    assert engine.totals.passes == -(-tokens // max_pass_tokens)


def test_a_short_row_is_charged_for_the_passes_of_a_long_one(model):
    engine = make_engine(model, max_pass_tokens=50)
    short, long = engine.run([step(1, TEXTS[1], start=True), step(2, TEXTS[3], start=True)])
    assert short.packed == 50
    assert long.packed == 93
    assert 0 < short.pass_ms < long.pass_ms


def test_a_bad_row_fails_its_neighbours(engine, reference):
    rows = prompts()
    rows[1] = step(1, [5, 128], start=True)
    answers = engine.run(rows)
    assert isinstance(answers[1], RowError)
    for index in (0, 2, 3):
        assert_agrees(answers[index], reference, TEXTS[index], DRAFTS[index])


def test_a_failing_pass_fails_its_neighbours(engine, reference, monkeypatch):
    engine.run(prompts())
    forward = engine.model.model.forward

    def fail_on_token_99(input_ids, **options):
        if (input_ids == 99).any():
            raise RuntimeError("out of memory")
        return forward(input_ids=input_ids, **options)

    monkeypatch.setattr(engine.model.model, "forward", fail_on_token_99)
    rows = [step(index, [99 if index == 2 else 4], [5], keep=len(text)) for index, text in enumerate(TEXTS)]
    answers = engine.run(rows)
    assert answers[2].code is Code.INTERNAL
    assert "out of memory" in str(answers[2])
    for index in (0, 1, 3):
        assert_agrees(answers[index], reference, [*TEXTS[index], 4], [5])
    # What the failed pass left in the cache is unknown, so the sequence is gone rather than wrong.
    (answer,) = engine.run([step(2, [4], keep=3)])
    assert answer.code is Code.NOT_FOUND


def test_logits_that_are_not_finite_come_back_as_tokens(engine):
    engine.model.model.lm_head.weight.data.fill_(float("nan"))
    (answer,) = engine.run([step(1, [5, 6], start=True)])
    assert answer.code is Code.INTERNAL
    assert "not finite" in str(answer)
    assert len(engine.sequences) == 0


def test_two_steps_of_one_sequence_in_a_batch_overwrite_each_other(engine, reference):
    run_one(engine, step(1, TEXTS[0], start=True))
    first, *others = engine.run([step(1, [4], keep=40), step(1, [5], keep=40), step(1, [], end=True)])
    assert_agrees(first, reference, [*TEXTS[0], 4])
    assert [other.code for other in others] == [Code.INVALID_ARG] * 2


def test_an_empty_batch_runs_a_pass(engine):
    assert engine.run([]) == []
    assert engine.totals.passes == 0
