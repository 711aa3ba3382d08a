"""What other ways make of the evaluation sets: kept in `comparisons/`, shown beside an adapter's figures.

    python -m training.comparisons --number 1 --name "by rule" --rules ~/.cache/redraft/training/sets.jsonl
    python -m training.comparisons --number 2 --name "without adapter" --evaluation SUMMARY.json

The first judges what updates give by rule, the second keeps what the service made of another model.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from training.markdown_table import NONE, table
from training.prompt import strip_final_line_ending
from training.run_record import Row, read_lines
from training.suggestions import suggest

FOLDER = Path(__file__).resolve().parent / "comparisons"
COMPARED = """\
Exact answers to the same tasks, the first of each set where there are fewer. *By rule* is the merge
that the drafter computes without a model.
"""


@dataclass(frozen=True)
class Comparison:
    """`exact` holds the right answers and the tasks judged, by set."""

    name: str
    exact: dict[str, tuple[int, int]]


def of_evaluation(name: str, evaluation: Row) -> Comparison:
    """Return the figures of the last line of `npm run evaluate -- --json`."""
    sets = evaluation["sets"]
    return Comparison(name, {key: (round(row["exact"] * row["cases"]), row["cases"]) for key, row in sets.items()})


def of_rules(name: str, cases: list[Row]) -> Comparison:
    """Return what the rules get right of the cases that have an update."""
    judged: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        if case["update"]:
            judged[case["set"]].append(_by_rule(case) == strip_final_line_ending(case["after"]))
    return Comparison(name, {key: (sum(right), len(right)) for key, right in judged.items()})


def _by_rule(case: Row) -> str:
    # No suggestion is shown that repeats the update, though it may be right; one that changes nothing never is.
    shown = suggest(case["before"], case["update"])
    return strip_final_line_ending(case["update"]) if shown is None else shown


def write_comparison(number: int, comparison: Comparison, folder: Path = FOLDER) -> None:
    """Write a comparison; the numbers give the order in reports."""
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.json").write_text(json.dumps(asdict(comparison)) + "\n", "utf-8")


def read_comparisons(folder: Path = FOLDER) -> list[Comparison]:
    """Return what is kept, in order."""
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    return [Comparison(**json.loads(file.read_text("utf-8"))) for file in files]


def columns(comparisons: list[Comparison], name: str) -> list[str]:
    """Return the cells of a set's row, one for each comparison."""
    return ["{} of {}".format(*c.exact[name]) if name in c.exact else NONE for c in comparisons]


def comparison_section(evaluation: Row, comparisons: list[Comparison]) -> list[str]:
    """Return the exact matches beside those of other ways, of the sets that any of them was judged on."""
    head = ["set", "with the adapter", *(comparison.name for comparison in comparisons)]
    judged = [name for name in evaluation["sets"] if any(name in c.exact for c in comparisons)]
    own = of_evaluation("", evaluation)
    rows = [[name, *columns([own, *comparisons], name)] for name in judged]
    return ["## Beside other ways", "", COMPARED, *table(head, rows)]


def main() -> None:
    """Keep a comparison."""
    parser = argparse.ArgumentParser(description="Keep what another way makes of the evaluation sets.")
    parser.add_argument("--number", type=int, required=True, help="its place in the reports")
    parser.add_argument("--name", required=True, help="head of its column")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--rules", type=Path, help="evaluation sets, to be judged by rule")
    source.add_argument("--evaluation", type=Path, help="last line of `npm run evaluate -- --json`")
    options = parser.parse_args()
    if options.rules:
        comparison = of_rules(options.name, read_lines(options.rules))
    else:
        comparison = of_evaluation(options.name, json.loads(options.evaluation.read_text("utf-8")))
    write_comparison(options.number, comparison)


if __name__ == "__main__":
    main()
