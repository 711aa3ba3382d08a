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
        "total = first + seconds",
        "total =total = first + second",
    } <= seen


def test_some_lines_are_disturbed_and_some_stand_twice() -> None:
    excerpt = Excerpt(LINES, language_of("a.py"), "a.py")
    source = random.Random(5)
    noisy = [with_noise(excerpt, source) for _ in range(40)]
    kept = [sum(line in LINES for line in one.lines) / len(LINES) for one in noisy]
    assert 0.5 < min(kept) < max(kept) <= 1
    assert len(LINES) < max(len(one.lines) for one in noisy)
    assert min(len(one.lines) for one in noisy) >= len(LINES)
