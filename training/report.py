"""Write the report: the loss curve and the table of exact matches.

python -m training.report --results results.jsonl --base base.jsonl
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from training import paths

HERE = Path(__file__).resolve().parent
SMOOTHING = 8
Row = dict


def read_lines(file: Path) -> list[Row]:
    """Read one JSON object per line."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def plot_loss(log: list[Row], file: Path) -> None:
    """Draw the loss over the examples seen, as logged and smoothed."""
    mpl.use("Agg")
    examples = [row["examples"] for row in log]
    losses = [row["loss"] for row in log]
    smooth = [_mean(losses[max(0, i - SMOOTHING + 1) : i + 1]) for i in range(len(losses))]
    figure, axes = plt.subplots(figsize=(6.4, 3.2), dpi=100)
    axes.plot(examples, losses, color="0.75", linewidth=1, label="mean of 5 steps")
    axes.plot(examples, smooth, color="C0", label=f"mean of {5 * SMOOTHING} steps")
    axes.set(xlabel="examples", ylabel="weighted loss", yscale="log", title="Training loss")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def table(results: list[Row], base: list[Row], key: str) -> list[str]:
    """Return the lines of a Markdown table, one row per value of `key`."""
    lines = [
        f"| {key} | tasks | exact | first error at an edit | first error in a copy | base model |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row[key] for row in results):
        rows = [row for row in results if row[key] == name]
        without = [row for row in base if row[key] == name]
        cells = [
            str(name),
            str(len(rows)),
            _share(row["exact"] for row in rows),
            _share(row["where"] == "edit" for row in rows),
            _share(row["where"] == "copy" for row in rows),
            f"{_share(row['exact'] for row in without)} of {len(without)}"
            if without
            else "not run",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def lengths(results: list[Row]) -> list[Row]:
    """Return the results with the file's length as a class."""
    classes = ((15, "to 15"), (30, "16 to 30"), (60, "31 to 60"), (120, "61 to 120"))
    named = []
    for row in sorted(results, key=lambda row: row["lines"]):
        name = next((name for limit, name in classes if row["lines"] <= limit), "more than 120")
        named.append({**row, "file lines": name})
    return named


def write(log: list[Row], results: list[Row], base: list[Row], folder: Path) -> None:
    """Write `REPORT.md` and its plot."""
    plot_loss(log, folder / "loss.png")
    last = log[-1]
    text = [
        "# Report",
        "",
        f"The run took {last['seconds'] / 60:.0f} minutes on two shared cores: {last['step']} "
        f"steps, {last['examples']} examples, {last['tokens']} tokens.",
        "",
        "![Training loss](loss.png)",
        "",
        "Exact match of greedy decoding on evaluation packages, teacher-forced (see "
        "`evaluate_offline.py` for why that is the same), float32. A first error at an edit "
        "means that the model missed what to change; one in a copy, that it lost its place.",
        "",
        *table(results, base, "suite"),
        "",
        "By kind of task, over all sets:",
        "",
        *table(sorted(results, key=lambda row: row["kind"]), base, "kind"),
        "",
        "By length of the file, over all sets:",
        "",
        *table(lengths(results), lengths(base), "file lines"),
        "",
    ]
    (folder / "REPORT.md").write_text("\n".join(text), "utf-8")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _share(hits: Iterable[bool]) -> str:
    found = list(hits)
    return f"{100 * sum(found) / len(found):.0f} %"


def main() -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--log", type=Path, default=paths.CHECKPOINTS / "log.jsonl")
    parser.add_argument("--results", type=Path, default=paths.cache_directory() / "results.jsonl")
    parser.add_argument("--base", type=Path, help="results of the model without the adapter")
    parser.add_argument("--folder", type=Path, default=HERE)
    options = parser.parse_args()
    base = read_lines(options.base) if options.base else []
    write(read_lines(options.log), read_lines(options.results), base, options.folder)


if __name__ == "__main__":
    main()
