"""What the GPU's kernel is given: torch's own function checks its arguments, below it are plain products on a CPU."""

import pytest
from torch.nn.attention.varlen import varlen_attn

from staged import staged_engine
from tiny import Reference, assert_agrees, random_tokens, run_one, step, tiny_model


class Noted:
    """The kernel, and what it was given."""

    def __init__(self):
        self.calls = []

    def __call__(self, query, key, value, cu_q, cu_k, max_q, max_k, **options):
        is_paged = "block_table" in options
        assert key.dim() == value.dim() == (4 if is_paged else 3)
        noted = (options["window_size"], options["enable_gqa"], options["num_splits"], is_paged)
        self.calls.append((cu_q.tolist(), cu_k.tolist(), max_q, max_k, *noted))
        return varlen_attn(query, key, value, cu_q, cu_k, max_q, max_k, **options)


def noted_engine(model, **options):
    kernel = Noted()
    return staged_engine(model, capture=None, kernel=kernel, **options), kernel


@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral"])
def test_answers_as_full_forwards_do_over_a_varlen_kernel(kind):
    model = tiny_model(kind)
    engine, reference = staged_engine(model, max_pass_tokens=31), Reference(model)
    text, drafts = random_tokens(30), [random_tokens(5, 1), random_tokens(3, 2), random_tokens(8, 3)]
    assert_agrees(run_one(engine, step(1, text, *drafts, start=True)), reference, text, *drafts)
    kept = text + drafts[2][:6]
    answers = engine.run([step(1, [7], [8], keep=36, adopt=2), step(2, text, drafts[0], start=True)])
    assert_agrees(answers[0], reference, [*kept, 7], [8])
    assert_agrees(answers[1], reference, text, drafts[0])


def test_gives_the_kernel_the_lengths_of_all_chunks_and_padding_chunks_without_tokens(model):
    engine, kernel = noted_engine(model)
    engine.run([step(1, [1] * 6, [2, 3], [4], start=True), step(2, [5], start=True)])
    assert len(kernel.calls) == model.config.num_hidden_layers
    # In the order of arrival; the second branch of the long step reads its prefix and itself. The rest is padding.
    queries, keys = [0, 8, 9, 10, *[10] * 5], [0, 8, 15, 16, *[16] * 5]
    assert kernel.calls[0] == (queries, keys, 64, 16, (-1, 0), True, 1, False)


def test_lets_the_kernel_read_the_blocks_where_no_step_has_a_further_branch(model):
    engine, kernel = noted_engine(model, keeps_prefixes=True)
    reference = Reference(model)
    text, other = random_tokens(30), random_tokens(9, 1)
    answers = engine.run([step(1, text, [1, 2], start=True), step(2, other, start=True)])
    assert_agrees(answers[0], reference, text, [1, 2])
    assert_agrees(answers[1], reference, other)
    lengths = [0, 32, 41, *[41] * 6]
    assert kernel.calls[-1] == (lengths, lengths, 64, 512, (-1, 0), True, 1, True)
    # The blocks of a sequence that shares a prompt are not in order.
    assert_agrees(run_one(engine, step(3, [*text[:22], 5], [6], start=True)), reference, [*text[:22], 5], [6])
    assert kernel.calls[-1] == ([0, *[4] * 8], [0, *[24] * 8], 64, 512, (-1, 0), True, 1, True)


def test_gives_the_kernel_the_keys_left_of_a_query_as_window():
    engine, kernel = noted_engine(tiny_model("mistral"))
    run_one(engine, step(1, random_tokens(20), start=True))
    # 12 tokens in Hugging Face's count are the query itself and 11 to its left.
    assert kernel.calls[0][4] == (11, 0)
