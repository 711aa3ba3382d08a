"""Write the report: how the training went, and what the service makes of the adapter.

    python -m training.report --run 5

Records the run that left its logs beside the checkpoints, and reports all that are recorded.
"""

import argparse
import json
from itertools import accumulate
from pathlib import Path

from training import paths
from training.comparisons import comparison_section, read_comparisons
from training.learning_curve import examples_needed
from training.markdown_table import NONE, percent, table
from training.report_plots import plot_evaluation, plot_training
from training.run_record import Row, Run, describe, read_runs, record, write_run

HERE = Path(__file__).resolve().parent
# Farther than this, a curve of a few points says nothing.
MOST_EXAMPLES = 1_000_000
# What the adapters are meant to reach, in percent.
AIMS = {
    "smollm2-135m-instruct": {
        "merge, one hunk": 85,
        "merge, 2-3 hunks": 65,
        "merge, long file": 50,
        "instruction": 60,
        "nothing": 97,
    },
    "qwen2.5-coder-0.5b-instruct": {
        "merge, one hunk": 90,
        "merge, 2-3 hunks": 80,
        "merge, long file": 70,
        "commit, to 120 lines": 60,
        "instruction": 70,
        "nothing": 98,
    },
}
# Its files have no name of a model.
FIRST_MODEL = "smollm2-135m-instruct"
CURVE = """\
Exact match through the service after so many examples, of 100 tasks a set: a share is known to
about ±10 points. README.md tells which runs were judged on the same tasks. The bottom row draws
the curve out: the examples that the aim would take if mistakes go on to fall with the same power
of the number of examples.
"""
SPEED = """\
Rates are of whole requests, the reading of the prompt included, one request at a time. The last
three columns are of the tasks that were decoded both ways in the same run.
"""


def evaluation_table(groups: dict[str, Row], name: str, aims: dict[str, int]) -> list[str]:
    """Return the table of one way of grouping the tasks."""
    head = [name, "tasks", "exact", *(["aim"] if aims else []), "parses", "similarity"]
    head += ["unedited", "tokens/pass", "tokens/s", "compared", "tokens/s", "plain tokens/s"]
    rows = []
    for group, figures in groups.items():
        compared = figures["compared"] or {}
        aim = [f"{aims[group]} %" if group in aims else ""] if aims else []
        rows.append(
            [
                group or NONE,
                figures["cases"],
                percent(figures["exact"]),
                *aim,
                percent(figures["parses"]),
                f"{figures['similarity']:.3f}",
                f"{figures['unchangedSimilarity']:.3f}",
                f"{figures['tokensPerPass']:.1f}",
                f"{figures['tokensPerSecond']:.0f}",
                compared.get("cases", NONE),
                rounded(compared.get("tokensPerSecond")),
                rounded(compared.get("plainTokensPerSecond")),
            ]
        )
    return table(head, rows)


def rounded(rate: float | None) -> str:
    """Return a rate with one digit after the point."""
    return NONE if rate is None else f"{rate:.1f}"


def evaluation_section(evaluation: Row, aims: dict[str, int], plot: str) -> list[str]:
    """Return the figures of the service; `plot` is the file of their picture."""
    parts = [
        "## Through the service",
        "",
        "Greedy decoding by the real service, on packages that training never saw. *Parses* counts "
        "the tasks whose right answer parses; *unedited* is the similarity of the file as it was.",
        SPEED,
        *evaluation_table(evaluation["sets"], "set", aims),
        "By kind of task, over all sets:",
        *evaluation_table(evaluation["kinds"], "kind", {}),
        "By length of the file, over all sets:",
        *evaluation_table(evaluation["lengths"], "file", {}),
        f"![Exact matches]({plot})",
        "",
    ]
    compared = evaluation["compared"]
    if compared:
        same = "every one the same" if compared["identical"] else "NOT all the same"
        parts.append(f"Outputs of {compared['cases']} tasks with and without drafts: {same}.\n")
    return parts


def curve_section(runs: dict[int, Run], aims: dict[str, int]) -> list[str]:
    """Return the exact matches of every set after each run, and where that leads."""
    sets = list(runs[max(runs)].exact)
    totals = list(accumulate(run.examples for run in runs.values()))
    judged = [(n, run.exact) for n, run in zip(totals, runs.values(), strict=True) if run.exact]
    rows = [[total, *(percent(exact.get(name)) for name in sets)] for total, exact in judged]
    rows.append(["aim", *(f"{aims[s]} %" if s in aims else NONE for s in sets)])
    curves = [[(total, exact[name]) for total, exact in judged if name in exact] for name in sets]
    rows.append(["examples to the aim", *(to_aim(curve, aims.get(s)) for s, curve in zip(sets, curves, strict=True))])
    return ["## Learning curve", "", CURVE, *table(["examples", *sets], rows)]


def to_aim(curve: list[tuple[int, float]], aim: int | None) -> str:
    """Return the examples that an aim in percent would take, in thousands."""
    if aim is None:
        return NONE
    if curve[-1][1] >= aim / 100:
        return "reached"
    needed = examples_needed(curve, aim / 100)
    if not needed:
        return NONE
    return f"{needed / 1000:.0f},000" if needed < MOST_EXAMPLES else "over a million"


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=int, required=True, help="number of the run, over all models")
    parser.add_argument("--model", default=paths.default_model(), help="name in the catalog")
    parser.add_argument("--start", default="", help="the adapter that the run went on from")
    parser.add_argument("--checkpoints", type=Path, default=paths.CHECKPOINTS, help="of the run")
    parser.add_argument("--judged", default="", help="the adapter that the service judged, where it is not the run's")
    parser.add_argument(
        "--evaluation",
        type=Path,
        default=paths.cache_directory() / "summary.json",
        help="last line of `npm run evaluate -- --json` after the run",
    )
    return parser.parse_args()


def main() -> None:
    """Write the report and its plots."""
    options = parse_options()
    evaluation = json.loads(options.evaluation.read_text("utf-8"))
    run = record(options.checkpoints, options.model, options.start, evaluation, options.judged)
    write_run(options.run, run)
    runs, aims = read_runs(model=options.model), AIMS[options.model]
    suffix = "" if options.model == FIRST_MODEL else f"-{options.model}"
    loss, plot = f"loss{suffix}.png", f"evaluation{suffix}.png"
    plot_training(runs, HERE / loss)
    plot_evaluation(evaluation, HERE / plot)
    text = [f"# Report on {options.model}", "", "On two CPU cores:", ""]
    text += [describe(number, run) for number, run in runs.items()]
    text += ["", f"![Later runs]({loss})", ""]
    text += ["![First runs](loss-runs-1-4.png)", ""] if options.model == FIRST_MODEL else []
    text += curve_section(runs, aims) + evaluation_section(evaluation, aims, plot)
    text += comparison_section(evaluation, read_comparisons()) if options.model != FIRST_MODEL else []
    text += ["Small runs that compare settings: [SMALL-RUNS.md](SMALL-RUNS.md).", ""]
    (HERE / f"REPORT{suffix}.md").write_text("\n".join(text), "utf-8")


if __name__ == "__main__":
    main()
