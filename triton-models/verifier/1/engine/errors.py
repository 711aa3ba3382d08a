"""The failures that a caller of the engine can act on."""

from enum import Enum


class ErrorCode(Enum):
    """What the caller may do about a step's failure; the names are those of Triton's error codes."""

    INVALID_ARG = "the request itself is wrong; sending it again will not help"
    NOT_FOUND = "the sequence's KV cache is gone; start a new sequence"
    UNAVAILABLE = "no room at the moment; the sequence is as it was, try again later"
    CANCELLED = "nobody waits for the answer any more; the sequence was dropped"
    INTERNAL = "the pass failed and the sequence was dropped; start a new sequence"


class StepError(Exception):
    """One step failed. The other steps of its batch are not affected."""

    def __init__(self, code: ErrorCode, message: str):
        super().__init__(message)
        self.code = code


class ConfigError(ValueError):
    """A setting or an entry of the catalog cannot be used: the field, what was expected and what came."""

    def __init__(self, field: str, expected: str, got: object):
        super().__init__(f"{field}: expected {expected}, got {got!r}")


class UnsupportedModelError(RuntimeError):
    """The model cannot be run by the packed pass; the message names its model type and the reason."""


def invalid(field: str, expected: str, got: object) -> StepError:
    """An INVALID_ARG that names the field, what was expected and what came."""
    return StepError(ErrorCode.INVALID_ARG, f"{field}: expected {expected}, got {got}")
