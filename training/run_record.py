"""What is kept of a training run: `runs/N.json`, of which the reports are made.

    python -m training.run_record --run 8 --model NAME --start "run 7" --checkpoints FOLDER

records a run whose adapter the service has not judged; `training.report` records one that it has.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from training import paths

Row = dict
FOLDER = Path(__file__).resolve().parent / "runs"


@dataclass(frozen=True)
class Run:
    """One run; examples and tokens are its own, not those of the runs that it went on from.

    `start` says what adapter it went on from; empty where it began with none. `losses` holds
    [examples, mean loss of a few steps]; `followed` holds [examples, the share of exact answers
    by set], teacher-forced, on a few held-out tasks; `exact` holds the same shares through the
    service after the run, None where they were not measured. `judged` says of what adapter those
    are; empty where it is the run's own.
    """

    model: str
    start: str
    minutes: int
    steps: int
    examples: int
    tokens: int
    losses: list[list[float]]
    followed: list[list]
    exact: dict[str, float] | None
    judged: str = ""


def describe(number: int, run: Run) -> str:
    """Return what one run came to, as an item of a list."""
    line = f"- run {number}: {run.minutes} minutes, {run.steps} steps, {run.examples} examples, {run.tokens} tokens"
    return f"{line}; the service judged {run.judged}" if run.judged else line


def record(checkpoints: Path, model: str, start: str, evaluation: Row | None = None, judged: str = "") -> Run:
    """Return the record of the run that left its logs beside the checkpoints.

    `evaluation` is the last line of `npm run evaluate -- --json`, `judged` as in `Run`.
    """
    log = read_log(checkpoints / "log.jsonl")
    last = log[-1]
    return Run(
        model=model,
        start=start,
        minutes=round(last["seconds"] / 60),
        steps=last["step"],
        examples=last["examples"],
        tokens=last["tokens"],
        losses=[[row["examples"], row["loss"]] for row in log],
        followed=read_followed(checkpoints / "evaluation.jsonl"),
        exact={name: figures["exact"] for name, figures in evaluation["sets"].items()} if evaluation else None,
        judged=judged,
    )


def read_lines(file: Path) -> list[Row]:
    """Read one JSON object per line."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def read_log(file: Path) -> list[Row]:
    """Read a training log; a run that was resumed logs the steps after its checkpoint anew."""
    return list({row["step"]: row for row in read_lines(file)}.values())


def read_followed(file: Path) -> list[list]:
    """Read the shares of exact answers on the way; none where the run ended before the first were judged."""
    return [_shares(line) for line in read_lines(file)] if file.exists() else []


def _shares(line: Row) -> list:
    exact = defaultdict(list)
    for result in line["results"]:
        exact[result["suite"]].append(result["exact"])
    return [line["num_examples"], {name: sum(of) / len(of) for name, of in exact.items()}]


def write_run(number: int, run: Run, folder: Path = FOLDER) -> None:
    """Write a run's record."""
    fields = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in asdict(run).items()]
    text = "{\n  " + ",\n  ".join(fields) + "\n}\n"
    (folder / f"{number}.json").write_text(text, "utf-8")


def read_runs(folder: Path = FOLDER, model: str | None = None) -> dict[int, Run]:
    """Return the records by number, in order: those of one model, or all."""
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    runs = {int(file.stem): Run(**json.loads(file.read_text("utf-8"))) for file in files}
    return {number: run for number, run in runs.items() if model in {None, run.model}}


def main() -> None:
    """Record a run."""
    parser = argparse.ArgumentParser(description="Record a run that the service has not judged.")
    parser.add_argument("--run", type=int, required=True, help="its number, over all models")
    parser.add_argument("--model", required=True, help="name in the catalog")
    parser.add_argument("--start", default="", help="the adapter that it went on from")
    parser.add_argument("--checkpoints", type=Path, default=paths.CHECKPOINTS)
    options = parser.parse_args()
    write_run(options.run, record(options.checkpoints, options.model, options.start))


if __name__ == "__main__":
    main()
