"""The report's plots."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

SMOOTHING = 8
Row = dict


def plot_training(
    runs: list[list[Row]], followed: list[tuple[int, list[Row]]], file: Path
) -> None:
    """Draw the loss of all runs, one after the other, and what it came to on held-out packages.

    The losses are those of the training log, means of a few steps; `followed` are the lines of
    a run's evaluation log, with the examples that earlier runs had seen.
    """
    mpl.use("Agg")
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.4, 5.4), dpi=100, sharex=True)
    start = 0
    for number, log in enumerate(runs, 1):
        examples = [start + row["examples"] for row in log]
        losses = [row["loss"] for row in log]
        smooth = [_mean(losses[max(0, i - SMOOTHING + 1) : i + 1]) for i in range(len(losses))]
        upper.plot(examples, losses, color="0.8", linewidth=1)
        upper.plot(examples, smooth, color=f"C{number - 1}", label=f"run {number}, smoothed")
        start = examples[-1]
    upper.set(ylabel="weighted loss", yscale="log", title="Training")
    upper.legend()
    for before, lines in followed:
        _plot_followed(lines, before, lower)
    if followed:
        lower.set_ylim(0, 102)
        handles, names = lower.get_legend_handles_labels()
        single = dict(zip(names, handles, strict=True))
        lower.legend(single.values(), single.keys(), fontsize="small")
    lower.set(xlabel="examples", ylabel="exact match, %", title="Held-out packages, teacher-forced")
    for axes in (upper, lower):
        axes.grid(alpha=0.3, which="both")
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def _plot_followed(followed: list[Row], start: int, axes: plt.Axes) -> None:
    examples = [start + line["num_examples"] for line in followed]
    names = dict.fromkeys(result["suite"] for line in followed for result in line["results"])
    for color, name in enumerate(names):
        shares = [
            _mean([100 * result["exact"] for result in line["results"] if result["suite"] == name])
            for line in followed
        ]
        axes.plot(examples, shares, marker="o", color=f"C{color}", label=name)


def plot_evaluation(evaluation: Row, file: Path) -> None:
    """Draw the exact matches by kind and by length as bars."""
    mpl.use("Agg")
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.6), dpi=100, width_ratios=[3, 2])
    for part, title, ax in zip(("kinds", "lengths"), ("by kind", "by length"), axes, strict=True):
        groups = evaluation[part]
        bars = ax.barh(list(groups), [100 * group["exact"] for group in groups.values()])
        ax.bar_label(bars, [f"of {group['cases']}" for group in groups.values()], padding=3)
        ax.set(xlim=(0, 115), xlabel="exact match, %", title=title)
        ax.invert_yaxis()
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
