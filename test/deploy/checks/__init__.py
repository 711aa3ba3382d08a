"""Rules that no schema knows. Each takes a release and yields a sentence per mistake."""

from collections.abc import Callable, Iterator

from checks import availability, environment, lifecycle, network, quantities, references, security
from release import Release

Check = Callable[[Release], Iterator[str]]

CHECKS: list[Check] = [
    check
    for module in (references, quantities, lifecycle, availability, network, security, environment)
    for check in module.CHECKS
]
