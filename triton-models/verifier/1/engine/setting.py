"""How a setting is declared, and how its text is read."""

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TypeVar

from engine.errors import ConfigError

T = TypeVar("T")
Parse = Callable[[str, str], T]
"""(variable, text) → value. Raises ConfigError, which names the variable."""


def setting(default: T, parse: Parse[T], meaning: str, *, shown_default: str | None = None) -> T:
    """A field of the config. `shown_default` is the text for a default that is no value, such as `auto`."""
    return field(default=default, metadata={"parse": parse, "meaning": meaning, "shown_default": shown_default})


def verbatim(_: str, text: str) -> str:
    """The text itself."""
    return text


def directory(variable: str, text: str) -> Path:
    """A directory that exists; `~` is the user's home."""
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ConfigError(variable, "an existing directory", text)
    return path


def one_of(choices: tuple[str, ...]) -> Parse[str]:
    """One of the words, in lower or upper case."""

    def parse(variable: str, text: str) -> str:
        if text.lower() not in choices:
            raise ConfigError(variable, f"one of {', '.join(choices)}", text)
        return text.lower()

    return parse


def auto_or(parse: Parse[T]) -> Parse[T | None]:
    """None for `auto`."""
    return lambda variable, text: None if text.lower() == "auto" else parse(variable, text)


def integer(minimum: int) -> Parse[int]:
    """An integer of at least `minimum`."""

    def parse(variable: str, text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if value < minimum:
            raise ConfigError(variable, f"an integer of at least {minimum}", text)
        return value

    return parse


def seconds(variable: str, text: str) -> float:
    """A finite number of seconds of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigError(variable, "a number of seconds of at least 0", text)
    return value


def on_or_off(variable: str, text: str) -> bool:
    """`on` or `off`."""
    return one_of(("on", "off"))(variable, text) == "on"
