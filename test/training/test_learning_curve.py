"""The learning curve is drawn out as far as its points say."""

import pytest
from training.learning_curve import examples_needed


def test_a_power_law_is_drawn_out_to_another_place():
    # Mistakes of 0.8, 0.4, 0.2: halved with every fourfold.
    curve = [(1_000, 0.2), (4_000, 0.6), (16_000, 0.8)]
    assert examples_needed(curve, 0.9) == pytest.approx(64_000, rel=1e-3)


def test_without_a_falling_curve_no_aim_is_promised():
    assert examples_needed([(1_000, 0.5)], 0.6) is None
    assert examples_needed([(1_000, 0.5), (2_000, 0.4)], 0.6) is None


def test_a_set_without_mistakes_still_has_a_curve():
    assert examples_needed([(1_000, 0.5), (2_000, 1.0)], 0.97) < 2_000
