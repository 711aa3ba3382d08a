"""The functions of the native library, for every instruction set of this CPU, beside simple references."""

import numpy as np
import pytest
import torch

from engine.block_table import BlockTable
from engine.int8.linear import quantise_weight
from engine.int8.native import structures
from engine.int8.native.build import INSTRUCTION_SETS, BuildError, cpu_words, library_file
from engine.int8.native.library import HIGHEST_TERM, Library
from engine.int8.native_attention import NativeAttention
from engine.scheduler import Chunk, Lane
from tiny import random_tokens

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture(params=INSTRUCTION_SETS, ids=lambda one: one.name, scope="module")
def native(request):
    if not cpu_words().issuperset(request.param.flags):
        pytest.skip("this CPU lacks the instructions")
    try:
        return Library(library_file(request.param))
    except BuildError as error:
        pytest.skip(str(error))


def linear(native, rows, weight, scales, bias=None):
    output = torch.empty(len(rows), len(weight))
    native.linear(structures.Linear.of(weight, scales, bias), rows, output)
    return output


def layer_of(num_terms, num_outputs):
    weight, scales = quantise_weight(torch.randn(num_outputs, num_terms))
    return weight, scales, torch.randn(num_outputs)


@pytest.mark.parametrize("num_rows", [1, 2, 3, 5, 7, 16, 33, 47, 48, 70, 95, 96, 101])
@pytest.mark.parametrize(("num_terms", "num_outputs"), [(1, 1), (33, 5), (96, 64), (1041, 67), (2500, 130), (40, 2100)])
def test_products_are_the_exact_sums(native, num_rows, num_terms, num_outputs):
    rows = torch.randint(-HIGHEST_TERM, HIGHEST_TERM + 1, (num_rows, num_terms))
    # With the highest term in every row the rows' scales are 1.
    rows[:, 0] = HIGHEST_TERM
    weight = torch.randint(-127, 128, (num_outputs, num_terms), dtype=torch.int8)
    output = linear(native, rows.float(), weight, torch.ones(num_outputs))
    assert torch.equal(output, (rows @ weight.long().t()).float())


@pytest.mark.parametrize("num_rows", [1, 6, 50, 100])
@pytest.mark.parametrize("num_terms", [40_000, 140_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_products_of_the_highest_terms_are_exact_however_many_there_are(native, num_rows, num_terms, sign):
    rows = torch.full((num_rows, num_terms), float(HIGHEST_TERM))
    weight = torch.full((9, num_terms), 127 * sign, dtype=torch.int8)
    expected = torch.full((num_rows, 9), float(sign * num_terms * HIGHEST_TERM * 127))
    assert torch.equal(linear(native, rows, weight, torch.ones(9)), expected)


@pytest.mark.parametrize("num_threads", [1, 2, 3])
def test_a_row_gets_the_same_bits_alone_and_among_others(native, num_threads):
    weight, scales, bias = layer_of(200, 150)
    rows = torch.randn(200, 200) * torch.logspace(-5, 5, 200)[:, None]
    alone = torch.cat([linear(native, row[None], weight, scales, bias) for row in rows])
    torch.set_num_threads(num_threads)
    for count in (2, 3, 4, 5, 6, 7, 31, 47, 48, 49, 64, 95, 96, 97, 111, 200):
        assert torch.equal(linear(native, rows[:count], weight, scales, bias), alone[:count])
        assert torch.equal(linear(native, rows[-count:], weight, scales, bias), alone[-count:])


@pytest.mark.parametrize("num_rows", [9, 50, 100])
@pytest.mark.parametrize("bad", [NAN, INFINITY, -INFINITY])
def test_a_row_that_is_not_finite_has_no_numbers_and_leaves_the_others_theirs(native, num_rows, bad):
    weight, scales, bias = layer_of(70, 33)
    rows = torch.randn(num_rows, 70)
    expected = linear(native, rows, weight, scales, bias)
    rows[4, 69] = bad
    output = linear(native, rows, weight, scales, bias)
    assert output[4].isnan().all()
    others = [index for index in range(num_rows) if index != 4]
    assert torch.equal(output[others], expected[others])


def test_a_linear_layer_is_near_that_in_double_precision(native):
    weight, scales, bias = layer_of(300, 40)
    rows = torch.randn(12, 300)
    expected = rows.double() @ (weight.double() * scales.double()[:, None]).t() + bias.double()
    torch.testing.assert_close(linear(native, rows, weight, scales, bias).double(), expected, atol=5e-3, rtol=0)


@pytest.mark.parametrize("length", [1, 15, 16, 17, 100])
def test_a_quantised_row_is_within_half_a_step_of_the_row(native, length):
    row = torch.randn(length) * 1e3
    terms, scale = native.quantise(row)
    assert ((terms * scale - row).abs() <= 0.51 * scale).all()
    assert terms.abs().max() == HIGHEST_TERM


def test_a_row_of_zeros_stays_one(native):
    assert not native.quantise(torch.zeros(20))[0].any()


@pytest.mark.parametrize("length", [1, 5, 16, 50])
def test_a_gate_is_silu_of_the_first_half_times_the_second(native, length):
    row = torch.cat((torch.linspace(-120, 120, length), torch.randn(length)))
    first, second = row.double().chunk(2)
    expected = torch.nn.functional.silu(first) * second
    torch.testing.assert_close(native.gate(row).double(), expected, rtol=1e-6, atol=1e-30)


def test_a_gate_treats_an_element_alike_wherever_it_is(native):
    values = torch.randn(40) * 10
    together = native.gate(torch.cat((values, torch.ones(40))))
    alone = torch.cat([native.gate(torch.tensor([value, 1.0])) for value in values])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("length", [1, 7, 16, 50])
def test_a_norm_divides_by_the_root_mean_square(native, length):
    row, weight = torch.randn(length) * 100, torch.randn(length)
    expected = torch.rms_norm(row.double(), (length,), weight.double(), 1e-5)
    torch.testing.assert_close(native.normalise(row, weight, 1e-5).double(), expected, rtol=1e-6, atol=1e-6)


def choose(native, rows, weight, scales, bias, answers):
    """The choices of a model without layers, whose norm changes nothing but the length of the rows."""
    norm, head = torch.ones(rows.shape[1]), structures.Linear.of(weight, scales, bias)
    decoder = structures.Decoder.of([], structures.Norm(norm.data_ptr(), 0.0), head)
    run = structures.Pass(None, 0, len(rows), None, None, torch.get_num_threads())
    return native.choose(decoder, run, rows, structures.Caches.of([], []), np.array(answers))


@pytest.mark.parametrize("num_rows", [1, 7, 60, 300])
@pytest.mark.parametrize("num_outputs", [1, 3, 1000, 1025, 9001])
def test_a_choice_is_the_highest_output_and_its_distance_to_the_second(native, num_rows, num_outputs):
    weight, scales, bias = layer_of(40, num_outputs)
    rows = torch.randn(num_rows, 40)
    answers = sorted({0, num_rows // 2, num_rows - 1})
    logits = linear(
        native, torch.stack([native.normalise(row, torch.ones(40), 0.0) for row in rows]), weight, scales, bias
    )
    chosen, margins = choose(native, rows, weight, scales, bias, answers)
    top = torch.cat((logits, torch.full((num_rows, 1), -INFINITY)), 1)[answers].topk(2).values
    assert chosen.tolist() == logits[answers].argmax(1).tolist()
    assert margins.tolist() == (top[:, 0] - top[:, 1]).tolist()


@pytest.mark.parametrize("equal", [(0, 1), (5, 2000), (17, 33, 2999), (2998, 2999)])
def test_of_equal_outputs_the_lowest_channel_is_chosen(native, equal):
    weight, scales, bias = layer_of(40, 3000)
    weight[list(equal)], scales[list(equal)], bias[list(equal)] = 1, 1.0, 1e6
    for num_rows in (1, 20):
        chosen, margins = choose(native, torch.ones(num_rows, 40), weight, scales, bias, range(num_rows))
        assert set(chosen.tolist()) == {equal[0]}
        assert not margins.any()


def test_a_choice_among_what_is_no_number_has_no_margin_and_leaves_the_other_rows_theirs(native):
    weight, scales, bias = layer_of(40, 3000)
    rows = torch.randn(30, 40)
    expected = choose(native, rows.clone(), weight, scales, bias, range(30))
    rows[3, 7] = NAN
    chosen, margins = choose(native, rows, weight, scales, bias, range(30))
    assert np.isnan(margins).nonzero()[0].tolist() == [3]
    others = np.arange(30) != 3
    assert (chosen[others] == expected[0][others]).all()
    assert (margins[others] == expected[1][others]).all()


def attend(native, query, keys, values, spans, window=None):
    """Queries [T, H, D] behind the other positions of `spans`."""
    slots = [slot for span in spans for slot in range(*span)]
    table = BlockTable(1, slots)
    lane = Lane(random_tokens(len(slots)), table, 0, 0, 0)
    chunk = Chunk(lane, len(slots) - len(query), len(slots))
    return NativeAttention(native, [chunk])(query.transpose(0, 1)[None], keys, values, None, window)[0]


@pytest.mark.parametrize("spans", [[(90, 120), (3, 40), (50, 53)], [(700, 1100), (20, 301)]], ids=["few", "blocks"])
@pytest.mark.parametrize("window", [None, 1, 12, 40, 300])
@pytest.mark.parametrize(("key_dim", "value_dim"), [(5, 7), (8, 8), (64, 64), (80, 128)])
def test_attention_is_near_that_in_double_precision(native, spans, window, key_dim, value_dim):
    slots = [slot for span in spans for slot in range(*span)]
    num_keys, num_queries, num_heads, num_kv_heads = len(slots), 33, 14, 2
    num_slots = max(slots) + 10
    keys, values = (torch.full((num_slots, num_kv_heads, dim), NAN) for dim in (key_dim, value_dim))
    keys[slots], values[slots] = torch.randn(num_keys, 2, key_dim), torch.randn(num_keys, 2, value_dim)
    query = torch.randn(num_queries, num_heads, key_dim)
    seen = torch.ones(num_queries, num_keys, dtype=torch.bool).tril(num_keys - num_queries)
    if window:
        seen = seen.triu(num_keys - num_queries - window + 1)
    heads = [one.double().transpose(0, 1)[None] for one in (query, keys[slots], values[slots])]
    expected = torch.nn.functional.scaled_dot_product_attention(*heads, attn_mask=seen, enable_gqa=True)
    output = attend(native, query, keys, values, spans, window)
    # The matrix unit gets numbers of 16 binary digits.
    torch.testing.assert_close(output.double(), expected[0].transpose(0, 1), rtol=5e-5, atol=5e-5)


@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize("window", [None, 20, 270])
def test_a_query_gets_the_same_bits_alone_and_among_others_wherever_its_keys_lie(native, window, num_threads):
    torch.set_num_threads(num_threads)
    num_tokens, shape = 590, (2, 24)
    query = torch.randn(num_tokens, 6, 24)
    keys, values = torch.randn(2, num_tokens, *shape)
    together = attend(native, query, keys, values, [(0, num_tokens)], window)
    order = torch.randperm(num_tokens)
    moved = [torch.empty_like(one).index_copy_(0, order, one) for one in (keys, values)]
    spans = ((0, 1), (0, 590), (15, 16), (16, 33), (31, 90), (200, 330), (255, 256), (256, 257), (300, 590), (589, 590))
    for begin, end in spans:
        moved_spans = [(slot, slot + 1) for slot in order[:end].tolist()]
        assert torch.equal(attend(native, query[begin:end], *moved, moved_spans, window), together[begin:end])


@pytest.mark.parametrize("bad", [NAN, INFINITY])
def test_what_a_query_does_not_see_changes_none_of_its_bits_even_where_it_is_no_number(native, bad):
    query, (keys, values) = torch.randn(300, 6, 24), torch.randn(2, 300, 2, 24)
    expected = attend(native, query, keys, values, [(0, 300)])
    for one in (keys, values):
        one[280] = bad
    output = attend(native, query, keys, values, [(0, 300)])
    assert torch.equal(output[:280], expected[:280])
    assert not output[280:].isfinite().any()
