"""How many examples the aims would take if the learning curve goes on as it went."""

import math
from statistics import linear_regression

# A share of mistakes of 0 has no logarithm.
LEAST_MISTAKES = 0.005


def examples_needed(curve: list[tuple[int, float]], aim: float) -> int | None:
    """Return the examples at which a set reaches its aim, by a power law through its curve.

    The share of mistakes falls with a power of the number of examples: a straight line in
    logarithms, fitted by least squares (Hestness et al. 2017, arXiv 1712.00409).
    `curve` holds (examples, share of exact answers). None with fewer than two points, or if the
    mistakes do not fall.
    """
    if len(curve) < 2:
        return None
    logs = [(math.log(count), math.log(_mistakes(exact))) for count, exact in curve]
    slope, intercept = linear_regression(*zip(*logs, strict=True))
    return round(math.exp((math.log(_mistakes(aim)) - intercept) / slope)) if slope < 0 else None


def _mistakes(exact: float) -> float:
    return max(LEAST_MISTAKES, 1 - exact)
