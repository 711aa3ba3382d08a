"""Releases that the tests share."""

import pytest

from release import Release, render
from variants import VARIANTS


@pytest.fixture(scope="session", params=VARIANTS)
def release(request: pytest.FixtureRequest) -> Release:
    """Each variant of the values, rendered."""
    return render(VARIANTS[request.param])


@pytest.fixture(scope="session")
def full_release() -> Release:
    """The variant with every option set."""
    return render(VARIANTS["every option"])
