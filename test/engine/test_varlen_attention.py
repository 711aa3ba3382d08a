"""The CUDA path without a GPU: a plain implementation stands in for the kernel and checks its arguments."""

import pytest
import torch

from engine.varlen_attention import varlen_backend
from tiny import Reference, assert_agrees, make_engine, random_tokens, run_one, step, tiny_model


class PlainVarlen:
    """What torch.nn.attention.varlen.varlen_attn documents, one chunk after the other."""

    def __init__(self):
        self.calls = []

    def __call__(
        self, query, key, value, cu_q, cu_k, max_q, max_k,
        *, scale, window_size, enable_gqa, num_splits, seqused_k=None, block_table=None,
    ):  # fmt: skip
        is_paged = block_table is not None
        self.calls.append((cu_q.tolist(), cu_k.tolist(), max_q, max_k, window_size, enable_gqa, num_splits, is_paged))
        assert cu_q.dtype == cu_k.dtype == torch.int32
        assert query.dim() == 3
        assert key.dim() == value.dim() == (4 if is_paged else 3)
        assert len(query) == cu_q[-1]
        output = torch.empty_like(query)
        for n in range(len(cu_q) - 1):
            if is_paged:
                assert block_table.dtype == seqused_k.dtype == torch.int32
                own = [cached[block_table[n].long()].flatten(0, 1)[: seqused_k[n]] for cached in (key, value)]
            else:
                assert len(key) == cu_k[-1]
                own = [cached[cu_k[n] : cu_k[n + 1]] for cached in (key, value)]
            queries = slice(cu_q[n], cu_q[n + 1])
            output[queries] = self._attend(query[queries], *own, scale, window_size)
        return output

    @staticmethod
    def _attend(query, key, value, scale, window_size):
        groups = query.shape[1] // key.shape[1]
        key, value = (cached.repeat_interleave(groups, 1) for cached in (key, value))
        scores = torch.einsum("qhd,khd->hqk", query, key) * scale
        # Lower right: the last query stands at the last key.
        distance = torch.arange(len(query))[:, None] + len(key) - len(query) - torch.arange(len(key))
        left, right = window_size
        seen = (distance >= -right) & ((distance <= left) if left >= 0 else True)
        return torch.einsum("hqk,khd->qhd", scores.masked_fill(~seen, float("-inf")).softmax(-1), value)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral"])
def test_answers_as_full_forwards_do_over_a_varlen_kernel(kind):
    model = tiny_model(kind)
    kernel = PlainVarlen()
    engine, reference = make_engine(model, backend=varlen_backend(kernel), max_pass_tokens=31), Reference(model)
    text, drafts = random_tokens(30), [random_tokens(5, 1), random_tokens(3, 2), random_tokens(8, 3)]
    assert_agrees(run_one(engine, step(1, text, *drafts, start=True)), reference, text, *drafts)
    kept = text + drafts[2][:6]
    answers = engine.run([step(1, [7], [8], keep=36, adopt=2), step(2, text, drafts[0], start=True)])
    assert_agrees(answers[0], reference, [*kept, 7], [8])
    assert_agrees(answers[1], reference, text, drafts[0])


def test_gives_the_kernel_the_lengths_of_all_chunks(model):
    kernel = PlainVarlen()
    engine = make_engine(model, backend=varlen_backend(kernel))
    engine.run([step(1, [1] * 6, [2, 3], [4], start=True), step(2, [5], start=True)])
    assert len(kernel.calls) == model.config.num_hidden_layers
    # In the order of arrival; the second branch of the long step reads its prefix and itself.
    assert kernel.calls[0] == ([0, 8, 9, 10], [0, 8, 15, 16], 8, 8, (-1, 0), True, 1, False)


def test_lets_the_kernel_read_the_blocks_where_no_step_has_a_further_branch(model):
    kernel = PlainVarlen()
    engine, reference = make_engine(model, backend=varlen_backend(kernel), keeps_prefixes=True), Reference(model)
    text, other = random_tokens(30), random_tokens(9, 1)
    answers = engine.run([step(1, text, [1, 2], start=True), step(2, other, start=True)])
    assert_agrees(answers[0], reference, text, [1, 2])
    assert_agrees(answers[1], reference, other)
    assert kernel.calls[-1] == ([0, 32, 41], [0, 32, 41], 32, 32, (-1, 0), True, 1, True)
    # The blocks of a sequence that shares a prompt are not in order.
    assert_agrees(run_one(engine, step(3, [*text[:22], 5], [6], start=True)), reference, [*text[:22], 5], [6])
    assert kernel.calls[-1] == ([0, 4], [0, 24], 4, 24, (-1, 0), True, 1, True)


def test_gives_the_kernel_the_keys_left_of_a_query_as_window():
    kernel = PlainVarlen()
    engine = make_engine(tiny_model("mistral"), backend=varlen_backend(kernel))
    run_one(engine, step(1, random_tokens(20), start=True))
    # 12 tokens in Hugging Face's count are the query itself and 11 to its left.
    assert kernel.calls[0][4] == (11, 0)
