"""The report's plots."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from training.run_record import Row, Run

SMOOTHING = 8


def plot_training(runs: dict[int, Run], file: Path) -> None:
    """Draw the loss of the runs that recorded it, and what it came to on held-out packages."""
    mpl.use("Agg")
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(6.4, 5.4), dpi=100, sharex=True)
    start = 0
    for number, run in runs.items():
        if run.losses:
            _plot_losses(run, start, upper, number)
            _plot_followed(run, start, lower)
        start += run.examples
    upper.set(ylabel="weighted loss", yscale="log", title="Training")
    lower.set(xlabel="examples", ylabel="exact match, %", title="Held-out packages, teacher-forced")
    lower.set_ylim(0, 102)
    for axes in (upper, lower):
        axes.grid(alpha=0.3, which="both")
        handles, names = axes.get_legend_handles_labels()
        single = dict(zip(names, handles, strict=True))
        axes.legend(single.values(), single.keys(), fontsize="small")
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def _plot_losses(run: Run, start: int, axes: plt.Axes, number: int) -> None:
    examples = [start + count for count, _ in run.losses]
    losses = [loss for _, loss in run.losses]
    smooth = [_mean(losses[max(0, i - SMOOTHING + 1) : i + 1]) for i in range(len(losses))]
    axes.plot(examples, losses, color="0.8", linewidth=1)
    axes.plot(examples, smooth, color=f"C{number - 1}", label=f"run {number}, smoothed")


def _plot_followed(run: Run, start: int, axes: plt.Axes) -> None:
    if not run.followed:
        return
    examples = [start + count for count, _ in run.followed]
    for color, name in enumerate(run.followed[0][1]):
        shares = [100 * exact[name] for _, exact in run.followed]
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
