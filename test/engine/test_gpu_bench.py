"""The benchmark of a GPU: over tiny models on the CPU, and what becomes of a section that does not end well."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from bench.gpu.main import SECTIONS, lines_of, main
from bench.gpu.scale import CPU
from bench.gpu.section import Figure, NotHereError, Section, run_section

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs_all_sections_over_tiny_models(tmp_path):
    file = tmp_path / "figures.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "triton-models/verifier/1"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "bench.gpu.main", "--cpu", "--json", str(file)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    sections = {section["name"]: section for section in json.loads(file.read_text())["sections"]}
    assert list(sections) == [section.name for section in SECTIONS]
    assert {name: one["status"] for name, one in sections.items() if one["status"] != "done"} == {"waits": "skipped"}
    assert [figure["tokens"] for figure in sections["flips of 1B"]["figures"]] == [96, 96, 96]
    sizes = ["1 tokens", "64 tokens", "600 tokens", "1 tokens after 700", "64 tokens after 700"]
    assert [figure["name"] for figure in sections["passes of 8B"]["figures"]] == sizes
    for name, section in sections.items():
        assert name in run.stdout
        assert all(figure["name"] in run.stdout for figure in section["figures"])


def fails(scale):
    yield Figure("before", {"ms": 1.0})
    raise ValueError("the reason")


def hangs(scale):
    yield Figure("before", {"ms": 1.0})
    time.sleep(3600)


def dies(scale):
    yield Figure("before", {"ms": 1.0})
    os._exit(3)


def is_not_here(scale):
    yield Figure("before", {"ms": 1.0})
    raise NotHereError("no card")


@pytest.mark.parametrize(
    ("function", "status", "reason"),
    [
        (fails, "failed", "ValueError: the reason"),
        (hangs, "failed", "not done within 5 s"),
        (dies, "failed", "its process ended"),
        (is_not_here, "skipped", "no card"),
    ],
)
def test_a_section_that_does_not_end_well_keeps_its_figures_and_says_why(function, status, reason):
    result = run_section(Section("name", function, 5), CPU)
    assert result.status == status
    assert reason in result.reason
    assert result.figures == [Figure("before", {"ms": 1.0})]
    assert lines_of(result)[1].split() == ["before", "ms", "1"]


def test_the_sections_together_take_at_most_ten_minutes():
    assert sum(section.limit_seconds for section in SECTIONS) <= 600


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_says_at_once_that_there_is_no_card(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench"])
    with pytest.raises(SystemExit):
        main()
    assert "expected a CUDA device, got none" in capsys.readouterr().err
