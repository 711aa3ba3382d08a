"""What no schema knows: every variant passes every check, and every check catches what it is there for."""

import pytest

from checks import CHECKS, Check
from mistakes import Plant
from planted import PLANTED
from programs import gateway_variables, model_variables
from release import Release, render

PAIRS = [(check, plant) for check, plants in PLANTED.items() for plant in plants]
NAMES = [f"{check.__name__}-{index}" for check, plants in PLANTED.items() for index in range(len(plants))]
EMBEDDED = {"REDRAFT_ADAPTER_DIR", "REDRAFT_DEVICE", "REDRAFT_DTYPE", "REDRAFT_WEB_PAGE"}
"""What a gateway reads for a Triton that it starts itself, or for a person at one's own machine."""


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


def test_every_variable_of_the_programs_follows_from_a_value(full_release: Release) -> None:
    gateway, triton = full_release.pod("gateway").environment, full_release.pod("triton").environment
    assert gateway_variables() - gateway.keys() == EMBEDDED
    assert model_variables() - triton.keys() == set()


@pytest.mark.parametrize("on", [True, False])
def test_switches_reach_the_programs_in_their_own_words(on: bool) -> None:
    release = render({"gateway": {"suggestions": on}, "triton": {"prefixCache": on, "cudaGraphs": on}})
    triton = release.pod("triton").environment
    assert release.pod("gateway").environment["REDRAFT_SUGGESTIONS"] == str(on).lower()
    assert [triton["REDRAFT_PREFIX_CACHE"], triton["REDRAFT_CUDA_GRAPHS"]] == ["on" if on else "off"] * 2
