"""What no schema knows: every variant passes every check, and every check catches what it is there for."""

import pytest

from checks import CHECKS, Check
from mistakes import Plant
from planted import PLANTED
from release import Release

PAIRS = [(check, plant) for check, plants in PLANTED.items() for plant in plants]
NAMES = [f"{check.__name__}-{index}" for check, plants in PLANTED.items() for index in range(len(plants))]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_chart_passes(check: Check, release: Release) -> None:
    assert list(check(release)) == []


def test_every_check_is_proved_by_a_planted_mistake() -> None:
    assert set(PLANTED) == set(CHECKS)


@pytest.mark.parametrize(("check", "plant"), PAIRS, ids=NAMES)
def test_a_planted_mistake_is_caught(check: Check, plant: Plant, full_release: Release) -> None:
    release = full_release.copy()
    plant(release)
    assert list(check(release)) != []
