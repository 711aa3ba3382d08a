"""Other ways are kept with the tasks that they were judged on, and stand beside an adapter's figures in their order."""

from training.comparisons import (
    Comparison,
    columns,
    comparison_section,
    of_evaluation,
    of_rules,
    read_comparisons,
    write_comparison,
)

MARKER = "# ... existing code ..."
FILE = "one = 1\ntwo = 2\nthree = 3\nfour = 4\n"
EVALUATION = {"sets": {"merge": {"exact": 0.9, "cases": 10}, "nothing": {"exact": 1, "cases": 3}}}


def case(update: str | None, after: str) -> dict:
    return {"set": "merge", "before": FILE, "update": update, "after": after}


def test_rules_are_judged_by_what_an_update_gives_where_there_is_one():
    merged = FILE.replace("two = 2", "two = 22")
    cases = [
        case(f"one = 1\ntwo = 22\nthree = 3\n{MARKER}\n", merged),
        case(f"one = 1\ntwo = 22\nthree = 3\n{MARKER}\n", FILE),
        # The whole file: no suggestion is shown, and the update is the answer.
        case(merged, merged),
        case(None, merged),
    ]
    assert of_rules("by rule", cases) == Comparison("by rule", {"merge": (2, 3)})


def test_comparisons_come_back_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2):
        write_comparison(number, of_evaluation(f"number {number}", EVALUATION), tmp_path)
    kept = read_comparisons(tmp_path)
    assert [comparison.name for comparison in kept] == ["number 2", "number 10"]
    assert columns(kept, "merge") == ["9 of 10", "9 of 10"]


def test_a_set_that_nobody_else_was_judged_on_is_left_out():
    lines = comparison_section(EVALUATION, [Comparison("by rule", {"merge": (5, 7)})])
    assert [line for line in lines if line.startswith("| merge")] == ["| merge | 9 of 10 | 5 of 7 |"]
    assert not any("nothing" in line for line in lines)
