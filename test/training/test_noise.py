"""Disturbed text is like the text it came from, and not the same."""

import random
from difflib import SequenceMatcher

import pytest
from training.languages import language_of
from training.noise import disturb, with_noise
from training.tasks import Excerpt

LINES = ["def area(width, height):", "", '    """Product."""', "    # =====", "    return width * height", "}"] * 5
WORDS = ["area", "height", "product", "return", "width"]


@pytest.mark.parametrize("line", [*LINES[:6], "\t\t};", "  ``````", "x", "   "])
def test_a_disturbed_line_keeps_its_indentation_and_most_of_its_text(line: str) -> None:
    source = random.Random(3)
    for _ in range(200):
        disturbed = disturb(line, WORDS, source)
        indentation = line[: len(line) - len(line.lstrip())]
        assert disturbed.startswith(indentation)
        assert bool(disturbed.strip()) == bool(line.strip())
        assert "\n" not in disturbed
        assert SequenceMatcher(None, line, disturbed).ratio() > 0.3 or len(line.strip()) < 8


def test_every_kind_of_disturbance_is_seen() -> None:
    source = random.Random(4)
    seen = {disturb("total = first + second", ["first", "third"], source) for _ in range(500)}
    assert {
        "total = first + ",
        "total = second + first",
        "third = first + second",
        "total == first + second",
        "total =total = first + second",
    } <= seen


def test_the_signs_at_a_lines_end_are_changed_and_the_words_before_them_are_not() -> None:
    source = random.Random(6)
    seen = {disturb('call(c.Query("bar"))', [], source) for _ in range(500)}
    assert {'call(c.Query("bar"));', 'call(c.Query("bar")', 'call(c.Query("bar},'} <= seen


def noisy_excerpts(lines: list[str]) -> list[list[str]]:
    excerpt, source = Excerpt(lines, language_of("a.py"), "a.py"), random.Random(5)
    return [with_noise(excerpt, source).lines for _ in range(60)]


def test_some_lines_are_disturbed_and_some_stand_in_a_row_of_twins() -> None:
    noisy = noisy_excerpts([line for line in LINES if line])
    kept = [sum(line in LINES for line in lines) / len(lines) for lines in noisy]
    assert 0.4 < min(kept) < max(kept) <= 1
    lengths = [len(lines) for lines in noisy]
    assert min(lengths) >= 25
    assert max(lengths) > 30


def test_blank_lines_are_left_out_or_doubled_and_may_come_first() -> None:
    noisy = noisy_excerpts(LINES)
    blanks = {sum(not line for line in lines[1:]) for lines in noisy}
    assert min(blanks) < LINES.count("") < max(blanks)
    assert {bool(lines[0]) for lines in noisy} == {True, False}
