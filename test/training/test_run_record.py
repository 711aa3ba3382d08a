"""A run is on record with its figures, and reports compare what can be compared."""

import json

import pytest
from training.offline_report import shares
from training.run_record import describe, read_runs, record, write_run
from training.small_runs import compare


@pytest.fixture
def checkpoints(tmp_path):
    def line(step, seconds):
        return {
            "step": step,
            "examples": 10 * step,
            "tokens": 100 * step,
            "seconds": seconds,
            "loss": 1 / step,
        }

    # Resumed behind step 5: the steps after it were logged twice.
    log = [line(5, 60), line(10, 130), line(15, 190), line(10, 140), line(15, 270)]
    results = [
        {"suite": "nothing", "exact": True},
        {"suite": "nothing", "exact": False},
        {"suite": "merge", "exact": True},
    ]
    followed = [{"num_examples": 150, "results": results}]
    for name, rows in (("log", log), ("evaluation", followed)):
        text = "\n".join(map(json.dumps, rows))
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    return tmp_path


EVALUATION = {"sets": {"nothing": {"exact": 0.97, "cases": 100}}}


def test_steps_that_a_resumed_run_logged_twice_count_once(checkpoints):
    run = record(checkpoints, "model", "run 1", EVALUATION)
    assert (run.steps, run.examples, run.tokens) == (15, 150, 1500)
    assert [examples for examples, _ in run.losses] == [50, 100, 150]
    assert run.minutes == round(270 / 60)


def test_held_out_results_are_kept_apart_by_set(checkpoints):
    assert record(checkpoints, "model", "run 1", EVALUATION).followed == [[150, {"nothing": 0.5, "merge": 1.0}]]


def test_runs_are_read_in_the_order_of_their_numbers(checkpoints, tmp_path):
    run = record(checkpoints, "model", "run 1", EVALUATION)
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in (10, 2, 1):
        write_run(number, run, folder)
    assert list(read_runs(folder)) == [1, 2, 10]
    assert read_runs(folder)[2] == run
    assert not read_runs(folder, model="another")


def test_a_run_whose_adapter_was_judged_in_a_mean_says_so(checkpoints):
    own, mean = (record(checkpoints, "model", "run 1", EVALUATION, judged) for judged in ("", "the mean of two"))
    assert describe(2, mean) == f"{describe(2, own)}; the service judged the mean of two"


def test_every_run_is_on_record():
    runs = read_runs()
    assert list(runs) == list(range(1, len(runs) + 1))
    assert all(0 <= share <= 1 for run in runs.values() for share in (run.exact or {}).values())


def test_small_runs_are_compared_by_the_tasks_that_all_of_them_judged():
    shared = {"suite": "merge", "kind": "insert", "tokens": 10, "loss": 0.5}
    other = {"suite": "merge", "kind": "insert", "tokens": 99, "loss": 9.0}
    lines = compare("rank", {"8": [shared, other], "16": [{**shared, "loss": 0.25}]})
    assert "| 8 | 5.00 |" in lines
    assert "| 16 | 2.50 |" in lines


def test_adapters_are_compared_by_set_on_the_tasks_that_all_were_judged_on():
    def row(suite, index, exact):
        return {"suite": suite, "index": index, "kind": "k", "exact": exact}

    results = {
        "bare": [row("merge", 0, False), row("merge", 1, True), row("nothing", 0, True)],
        "run 8": [row("merge", 1, True), row("merge", 0, True), row("merge", 2, False), row("nothing", 0, True)],
    }
    assert shares(results, "suite") == [
        ["merge", 2, "1 (50 %)", "2 (100 %)"],
        ["nothing", 1, "1 (100 %)", "1 (100 %)"],
        ["all", 3, "2 (67 %)", "3 (100 %)"],
    ]
