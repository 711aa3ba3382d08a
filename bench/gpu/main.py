"""All that needs a card, within ten minutes: a table, JSON by --json, and 1 as exit code where a part failed.

npm run bench:gpu -- [--cpu] [--json FILE]
"""

import argparse
import json
import platform
from pathlib import Path

import torch
from bench.gpu import correctness, flips, kernel, machine, pass_times, syncs, weights
from bench.gpu.scale import CPU, GPU
from bench.gpu.section import Result, Section, run_section

SECTIONS = [
    Section("machine", machine.run, 40),
    Section("kernel", kernel.run, 40),
    Section("correctness", correctness.run, 80),
    Section("waits", syncs.run, 40),
    Section("passes of 1B", pass_times.small, 70),
    Section("flips of 1B", flips.run, 110),
    Section("passes of 8B", pass_times.large, 100),
    Section("8 bits of 8B", weights.run, 110),
]


def lines_of(result: Result) -> list[str]:
    """Rows of the table."""
    head = f"{result.name:14} {result.status:8} {result.seconds:6.1f} s  {result.reason}"
    rows = [
        f"{'':14} {figure.name:30} " + "  ".join(f"{name} {value:.5g}" for name, value in figure.values.items())
        for figure in result.figures
    ]
    return [head.rstrip(), *rows]


def main() -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", action="store_true", help="the same code over tiny models, for want of a card")
    parser.add_argument("--only", nargs="+", choices=[one.name for one in SECTIONS], help="sections to run")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    if not options.cpu and not torch.cuda.is_available():
        parser.error("expected a CUDA device, got none; --cpu runs the same code without")
    results = []
    for section in SECTIONS:
        if not options.only or section.name in options.only:
            results.append(run_section(section, CPU if options.cpu else GPU))
            print("\n".join(lines_of(results[-1])), flush=True)
    if options.json:
        report = {
            "device": "cpu" if options.cpu else "cuda",
            "torch": torch.__version__,
            "python": platform.python_version(),
            "sections": [result.to_json() for result in results],
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(any(result.status == "failed" for result in results))


if __name__ == "__main__":
    raise SystemExit(main())
