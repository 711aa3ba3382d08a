"""Compare small runs of different settings by the losses that `evaluate_offline` found.

python -m training.small_runs "rank:8=rank8.jsonl" "rank:16=rank16.jsonl" >> SMALL-RUNS.md
"""

import argparse
from pathlib import Path

from training.markdown_table import table
from training.run_record import Row, read_lines


def compare(series: str, variants: dict[str, list[Row]]) -> list[str]:
    """Return a table of the mean loss per set, over those tasks that all the runs judged."""
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


def main() -> None:
    """Print a table for every series."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("variants", nargs="+", metavar="SERIES:NAME=FILE")
    named = [v.replace(":", "=", 1).split("=", 2) for v in parser.parse_args().variants]
    for series in dict.fromkeys(series for series, _, _ in named):
        files = {name: Path(file) for s, name, file in named if s == series}
        variants = {name: read_lines(file) for name, file in files.items()}
        print("\n".join(compare(series, variants)))


if __name__ == "__main__":
    main()
