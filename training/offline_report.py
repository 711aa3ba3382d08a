"""Compare adapters of one model by what `evaluate_offline` found: the share of exact answers by set and by kind.

    python -m training.offline_report --model NAME "bare=bare.jsonl" "run 8=run8.jsonl"

Writes `COMPARED-NAME.md` with the model's runs.
"""

import argparse
from pathlib import Path

from training.markdown_table import percent, table
from training.run_record import Row, Run, describe, read_lines, read_runs

HERE = Path(__file__).resolve().parent
NOTE = """\
Teacher-forced, in {dtype}, on packages and repositories that training never saw: the tasks
of which the model prefers the right token at every place, given the right ones before it. Only tasks
that every column was judged on are counted. These are not figures of the service.
"""


def shares(results: dict[str, list[Row]], field: str) -> list[list[str]]:
    """Return every variant's exact answers as a count and a share, a row for every value of a field and one for all."""
    keys = [{_key(row) for row in rows} for rows in results.values()]
    shared = set.intersection(*keys)
    kept = {name: [row for row in rows if _key(row) in shared] for name, rows in results.items()}
    values = list(dict.fromkeys(row[field] for row in next(iter(kept.values()))))
    groups = {value: [[r for r in of if r[field] == value] for of in kept.values()] for value in values}
    groups["all"] = list(kept.values())
    return [[name, len(of[0]), *map(_exact, of)] for name, of in groups.items()]


def _exact(rows: list[Row]) -> str:
    count = sum(row["exact"] for row in rows)
    return f"{count} ({percent(count / len(rows))})"


def _key(row: Row) -> tuple:
    return row["suite"], row["index"]


def report(model: str, dtype: str, runs: dict[int, Run], results: dict[str, list[Row]]) -> str:
    """Return the report's text."""
    lines = [f"# Adapters of {model}", "", "On two CPU cores, which other work shared:", ""]
    lines += [f"{describe(number, run)}; went on from {run.start or 'none'}" for number, run in runs.items()]
    lines += ["", "## Adapters compared", "", NOTE.format(dtype=dtype)]
    for field in ("suite", "kind"):
        lines += table([field, "tasks", *results], shares(results, field))
    return "\n".join(lines)


def main() -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="name in the catalog")
    parser.add_argument("--dtype", default="bfloat16", help="that the results were judged in")
    parser.add_argument("variants", nargs="+", metavar="NAME=FILE")
    options = parser.parse_args()
    named = dict(variant.split("=", 1) for variant in options.variants)
    results = {name: read_lines(Path(file)) for name, file in named.items()}
    text = report(options.model, options.dtype, read_runs(model=options.model), results)
    (HERE / f"COMPARED-{options.model}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
