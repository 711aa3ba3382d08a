"""What is kept of a training run: `runs/N.json`, of which the report is made."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

Row = dict
FOLDER = Path(__file__).resolve().parent / "runs"


@dataclass(frozen=True)
class Run:
    """One run; examples and tokens are its own, not those of the runs that it went on from.

    `losses` holds [examples, mean loss of a few steps]; `followed` holds [examples, the share of
    exact answers by set], teacher-forced, on a few held-out tasks; `exact` holds the same shares
    through the service after the run, None where they were not measured.
    """

    minutes: int
    steps: int
    examples: int
    tokens: int
    losses: list[list[float]]
    followed: list[list]
    exact: dict[str, float] | None


def record(checkpoints: Path, evaluation: Row) -> Run:
    """Return the record of the run that left its logs beside the checkpoints."""
    log = read_log(checkpoints / "log.jsonl")
    last = log[-1]
    return Run(
        minutes=round(last["seconds"] / 60),
        steps=last["step"],
        examples=last["examples"],
        tokens=last["tokens"],
        losses=[[row["examples"], row["loss"]] for row in log],
        followed=[_shares(line) for line in read_lines(checkpoints / "evaluation.jsonl")],
        exact={name: figures["exact"] for name, figures in evaluation["sets"].items()},
    )


def read_lines(file: Path) -> list[Row]:
    """Read one JSON object per line."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def read_log(file: Path) -> list[Row]:
    """Read a training log; a run that was resumed logs the steps after its checkpoint anew."""
    return list({row["step"]: row for row in read_lines(file)}.values())


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


def read_runs(folder: Path = FOLDER) -> dict[int, Run]:
    """Return the records by number, in order."""
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    return {int(file.stem): Run(**json.loads(file.read_text("utf-8"))) for file in files}
