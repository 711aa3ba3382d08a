"""Write the report: how the training went, and what the service makes of the adapter.

    python -m training.report --log run1/log.jsonl --log run2/log.jsonl \\
        --earlier run1.json --evaluation run2.json --variant "rank:8=rank8.jsonl"

`run1.json` and `run2.json` hold the last line of `npm run evaluate -- --json` after each run.
"""

import argparse
import json
from itertools import accumulate
from pathlib import Path

from training import paths
from training.report_plots import Row, plot_evaluation, plot_training

HERE = Path(__file__).resolve().parent
NONE = "-"
# What the adapter is meant to reach, in percent.
AIMS = {
    "merge, one hunk": 85,
    "merge, 2-3 hunks": 65,
    "merge, long file": 50,
    "instruction": 60,
    "nothing": 97,
}
SPEED = """\
Rates are of whole requests, the reading of the prompt included, one request at a time. The last
three columns are of the tasks that were decoded both ways in the same run.
"""
VARIANTS = """\
Small runs on one core each, {minutes:.0f} minutes. Those of one table have the same start, see the
same data in the same order and are judged on the same held-out tasks: the sum of the losses of an
answer's tokens, a mean over tasks. Lower is better.
"""


def read_lines(file: Path) -> list[Row]:
    """Read one JSON object per line."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def read_log(file: Path) -> list[Row]:
    """Read a training log; a run that was resumed logs the steps after its checkpoint anew."""
    return list({row["step"]: row for row in read_lines(file)}.values())


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(map(str, line))} |" for line in lines), ""]


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


def percent(share: float | None) -> str:
    """Return a share in percent."""
    return NONE if share is None else f"{100 * share:.0f} %"


def rounded(rate: float | None) -> str:
    """Return a rate with one digit after the point."""
    return NONE if rate is None else f"{rate:.1f}"


def describe_run(number: int, log: list[Row]) -> str:
    """Return what one run came to."""
    last = log[-1]
    return (
        f"- run {number}: {last['seconds'] / 60:.0f} minutes, {last['step']} steps, "
        f"{last['examples']} examples, {last['tokens']} tokens"
    )


def evaluation_section(evaluation: Row) -> list[str]:
    """Return the figures of the service."""
    parts = [
        "## Through the service",
        "",
        "Greedy decoding by the real service, on packages that training never saw. *Parses* counts "
        "the tasks whose right answer parses; *unedited* is the similarity of the file as it was.",
        SPEED,
        *evaluation_table(evaluation["sets"], "set", AIMS),
        "By kind of task, over all sets:",
        *evaluation_table(evaluation["kinds"], "kind", {}),
        "By length of the file, over all sets:",
        *evaluation_table(evaluation["lengths"], "file", {}),
        "![Exact matches](evaluation.png)",
        "",
    ]
    compared = evaluation["compared"]
    if compared:
        same = "every one the same" if compared["identical"] else "NOT all the same"
        parts.append(f"Outputs of {compared['cases']} tasks with and without drafts: {same}.\n")
    return parts


def curve_section(curve: dict[int, Row]) -> list[str]:
    """Return the exact matches of every set after each run that was judged by the service."""
    sets = list(curve[max(curve)]["sets"])
    rows = [
        [examples, *(percent(figures["sets"].get(s, {}).get("exact")) for s in sets)]
        for examples, figures in curve.items()
    ]
    rows.append(["aim", *(f"{AIMS[s]} %" if s in AIMS else NONE for s in sets)])
    head = "Exact match through the service after so many examples, on the same tasks:"
    return ["## Learning curve", "", head, *table(["examples", *sets], rows)]


def variants_section(variants: list[tuple[str, str, list[Row]]], minutes: float) -> list[str]:
    """Return the comparisons of small runs, given as (series, name, results)."""
    text = ["## Small runs", "", VARIANTS.format(minutes=minutes)]
    for series in dict.fromkeys(series for series, _, _ in variants):
        text += _series_table(series, {n: rows for s, n, rows in variants if s == series})
    return text


def _series_table(series: str, variants: dict[str, list[Row]]) -> list[str]:
    """Compare runs by those tasks that all of them judged."""
    judged = [{_key(row) for row in rows} for rows in variants.values()]
    shared = set.intersection(*judged)
    suites = list(dict.fromkeys(suite for suite, _, _ in sorted(shared)))
    rows = []
    for name, results in variants.items():
        kept = [row for row in results if _key(row) in shared]
        rows.append([name, *(_loss([r for r in kept if r["suite"] == s]) for s in suites)])
    return table([series, *suites], rows)


def _key(row: Row) -> tuple[str, str, int]:
    return row["suite"], row["kind"], row["tokens"]


def _loss(rows: list[Row]) -> str:
    return f"{sum(row['loss'] * row['tokens'] for row in rows) / len(rows):.2f}"


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--log", type=Path, action="append", help="of every run, in order")
    parser.add_argument(
        "--followed", type=Path, action="append", default=[], help="evaluation.jsonl of a run"
    )
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], help="an earlier run's --evaluation"
    )
    parser.add_argument("--evaluation", type=Path, default=paths.cache_directory() / "summary.json")
    parser.add_argument("--variant", action="append", default=[], metavar="SERIES:NAME=FILE")
    parser.add_argument("--variant-minutes", type=float, default=5)
    parser.add_argument("--folder", type=Path, default=HERE)
    return parser.parse_args()


def main() -> None:
    """Write `REPORT.md` and its plots."""
    options = parse_options()
    runs = [read_log(file) for file in options.log or [paths.CHECKPOINTS / "log.jsonl"]]
    followed = [read_lines(file) for file in options.followed]
    judged = [json.loads(f.read_text("utf-8")) for f in [*options.earlier, options.evaluation]]
    evaluation = judged[-1]
    totals = list(accumulate(log[-1]["examples"] for log in runs))
    # What was not judged or followed is the first runs.
    curve = dict(zip(totals[-len(judged) :], judged, strict=True))
    starts = [0, *totals][-len(followed) - 1 : -1]
    plot_training(runs, list(zip(starts, followed, strict=True)), options.folder / "loss.png")
    plot_evaluation(evaluation, options.folder / "evaluation.png")
    text = ["# Report", "", "On two CPU cores:", ""]
    text += [describe_run(number, log) for number, log in enumerate(runs, 1)]
    text += ["", "![Training](loss.png)", "", *curve_section(curve)]
    text += evaluation_section(evaluation)
    if options.variant:
        named = [variant.replace(":", "=", 1).split("=", 2) for variant in options.variant]
        variants = [(series, name, read_lines(Path(file))) for series, name, file in named]
        text += variants_section(variants, options.variant_minutes)
    (options.folder / "REPORT.md").write_text("\n".join(text), "utf-8")


if __name__ == "__main__":
    main()
