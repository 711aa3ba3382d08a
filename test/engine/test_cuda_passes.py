"""Passes of a GPU over CPU tensors: padded to buckets, replayed over memory that stays, and answered by one copy."""

import random

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine.block_table import BlockTable
from engine.cuda.pass_shape import TOKEN_BUCKETS, PassShapes
from engine.engine import Engine
from engine.scheduler import Chunk, Lane
from recorded_graph import record
from staged import staged_engine, unpadded, with_row_products
from test_random_edits import Script
from tiny import KINDS, Reference, assert_agrees, make_engine, random_tokens, run_one, step, tiny_model


class CountedReplays:
    """Captures, and counts what is replayed."""

    def __init__(self):
        self.num_captured = self.num_replayed = 0

    def __call__(self, compute):
        self.num_captured += 1
        replay = record(compute)

        def counted():
            self.num_replayed += 1
            return replay()

        return counted


def histories(engines: list[Engine], chance: random.Random, num_batches: int = 8):
    """Runs the same random steps on all engines; yields the script of each and the answers to it."""
    scripts = [Script(name, chance) for name in range(4)]
    for _ in range(num_batches):
        batch = chance.sample(scripts, chance.randint(1, 4))
        steps = [script.next_step() for script in batch]
        yield from zip(batch, *(engine.run(steps) for engine in engines), strict=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_replayed_passes_answer_as_unpadded_ones_to_the_bit(kind, seed):
    chance = random.Random(seed)
    max_pass_tokens = chance.choice([5, 23, 90])
    capture = CountedReplays()
    # Only the products of a CPU depend on the number of rows.
    replayed = staged_engine(
        with_row_products(tiny_model(kind, seed)), 520, max_pass_tokens=max_pass_tokens, capture=capture
    )
    model = with_row_products(tiny_model(kind, seed))
    plain = make_engine(model, 520, max_pass_tokens=max_pass_tokens, backend=unpadded)
    for _, answer, expected in histories([replayed, plain], chance):
        np.testing.assert_array_equal(answer.argmax, expected.argmax)
        np.testing.assert_array_equal(answer.margin.view(np.int32), expected.margin.view(np.int32))
    assert capture.num_replayed > 4


@pytest.mark.parametrize("kind", KINDS)
def test_replayed_passes_answer_as_full_forwards_do(kind):
    model = tiny_model(kind)
    reference = Reference(model)
    for script, answer in histories([staged_engine(model, 520, max_pass_tokens=23)], random.Random(7)):
        assert_agrees(answer, reference, script.before, *script.branches)


def test_a_plain_step_and_drafts_of_up_to_63_tokens_have_one_shape():
    shapes = PassShapes(table_width=8, max_pass_tokens=512)
    table = BlockTable(256, [0])
    chunks = [Chunk(Lane(np.zeros(length, np.int32), table, 40, 40, 0), 0, length) for length in (1, 2, 64, 65)]
    first, second, third, above = (shapes.fit([chunk]) for chunk in chunks)
    assert first == second == third
    assert above.num_tokens == 128


def test_a_plain_step_and_drafts_of_up_to_63_tokens_answer_the_same_to_the_bit(model):
    engine = staged_engine(with_row_products(model))
    text = random_tokens(120)
    run_one(engine, step(1, text[:40], start=True))
    alone = [run_one(engine, step(1, [token], keep=40 + index)) for index, token in enumerate(text[40:104])]
    margins = np.concatenate([one.margin for one in alone])
    for length in (1, 7, 63):
        drafted = run_one(engine, step(1, text[40:41], text[41 : 41 + length], keep=40))
        np.testing.assert_array_equal(drafted.margin.view(np.int32), margins[: length + 1].view(np.int32))


def test_padding_writes_to_no_slot_of_a_sequence(model):
    engine = staged_engine(model)
    kv_cache = engine.sequences.kv_cache
    run_one(engine, step(1, random_tokens(5), start=True))
    written = kv_cache.keys[0].abs().sum((1, 2)).nonzero()[:, 0].tolist()
    (sequence_slots,) = [[slot for slot in written if slot < kv_cache.num_slots]]
    assert len(sequence_slots) == 5
    assert set(written) - set(sequence_slots) <= {kv_cache.padding_slot}


def test_a_pass_above_the_largest_bucket_runs_without_a_graph(model, reference):
    capture = CountedReplays()
    engine = staged_engine(model, max_pass_tokens=2 * TOKEN_BUCKETS[-1], capture=capture)
    texts = [random_tokens(300, seed) for seed in range(2)]
    answers = engine.run([step(index, text, start=True) for index, text in enumerate(texts)])
    assert engine.totals.num_passes == 1
    assert capture.num_replayed == 0
    for answer, text in zip(answers, texts, strict=True):
        assert_agrees(answer, reference, text)


def test_more_chunks_than_the_largest_bucket_run_without_a_graph(model, reference):
    capture = CountedReplays()
    engine = staged_engine(model, capture=capture)
    answers = engine.run([step(index, [index, 5], start=True) for index in range(70)])
    assert capture.num_replayed == 0
    for index, answer in enumerate(answers):
        assert_agrees(answer, reference, [index, 5])


def test_passes_of_a_shape_that_was_not_captured_run_without_a_graph(model, reference):
    engine = staged_engine(model, capture=lambda compute: None)
    assert_agrees(run_one(engine, step(1, random_tokens(9), [4], start=True)), reference, random_tokens(9), [4])


def test_a_model_that_cannot_be_captured_runs_without_graphs(model, reference, caplog):
    tries = []

    def capture(compute):
        tries.append(compute)
        raise RuntimeError("operation not permitted when stream is capturing")

    engine = staged_engine(model, capture=capture)
    assert len(tries) == 1
    assert "REDRAFT_CUDA_GRAPHS=off saves the try): operation not permitted" in caplog.text
    assert_agrees(run_one(engine, step(1, random_tokens(9), [4], start=True)), reference, random_tokens(9), [4])


@pytest.mark.parametrize(("max_pass_tokens", "num_graphs"), [(1, 2), (64, 2), (65, 6), (512, 22), (4096, 22)])
def test_captures_all_shapes_up_to_the_most_tokens_of_a_pass(model, max_pass_tokens, num_graphs):
    capture = CountedReplays()
    staged_engine(model, max_pass_tokens=max_pass_tokens, capture=lambda compute: capture(compute) and None)
    assert capture.num_captured == num_graphs


class Operations(TorchDispatchMode):
    """Notes what a device is asked for, and the number formats of what is copied."""

    def __init__(self):
        super().__init__()
        self.names: list[str] = []
        self.copied: list[torch.dtype] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.__name__)
        if function is torch.ops.aten.copy_.default:
            self.copied.append(args[0].dtype)
        return function(*args, **(kwargs or {}))


def test_a_replayed_pass_is_one_copy_to_the_device_and_one_back(model):
    found = torch.zeros(2, 64, dtype=torch.int32)
    engine = staged_engine(model, capture=lambda compute: lambda: found)
    with Operations() as operations:
        run_one(engine, step(1, random_tokens(9), [4, 5], start=True))
    assert operations.copied == [torch.int64, torch.int32]
    assert not [name for name in operations.names if "scalar" in name or "nonzero" in name]


def test_a_pass_without_a_graph_sends_its_integers_once_too(model):
    engine = staged_engine(model, capture=None)
    with Operations() as operations:
        run_one(engine, step(1, random_tokens(9), [4], [5], start=True))
    assert [dtype for dtype in operations.copied if not dtype.is_floating_point] == [torch.int64, torch.int32]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_captured_needs_no_value_of_a_tensor_on_the_host(kind):
    # Tensors of the meta device have none: whatever asked for one would raise.
    outputs = []
    staged_engine(tiny_model(kind).to("meta"), capture=lambda compute: outputs.append(compute()))
    assert len(outputs) == 22
    assert all(output.is_meta and output.dtype is torch.int32 for output in outputs)
