"""A part of the benchmark in a process of its own: it may take too long, fail or lose the GPU, and the others go on."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from bench.gpu.scale import Scale

from engine.cuda.whole_products import keep_products_whole


class Figure(NamedTuple):
    """What was measured, and its numbers by names that end in their units."""

    name: str
    values: dict[str, float]


class NotHereError(Exception):
    """The machine lacks what the section measures."""


@dataclass(frozen=True)
class Section:
    """One part. Its function yields figures as it finds them; it raises where one of them is wrong."""

    name: str
    run: Callable[[Scale], Iterator[Figure]]
    limit_seconds: float


@dataclass
class Result:
    """What a section came to."""

    name: str
    status: str
    """done, failed or skipped."""

    reason: str = ""
    seconds: float = 0.0
    figures: list[Figure] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        figures = [{"name": figure.name, **figure.values} for figure in self.figures]
        return {**asdict(self), "figures": figures}


def run_section(section: Section, scale: Scale) -> Result:
    """Never raises. The figures are those that were found in time."""
    # A forked process starts sooner, but cannot use CUDA where a library has so much as counted the devices.
    context = multiprocessing.get_context("spawn" if scale.device_type == "cuda" else "fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(section, scale, sender), daemon=True)
    began = time.monotonic()
    process.start()
    sender.close()
    result = _receive(section, receiver, began + section.limit_seconds)
    if process.is_alive() and result.status == "failed":
        process.kill()
    process.join()
    result.seconds = time.monotonic() - began
    return result


def _receive(section: Section, receiver: Connection, deadline: float) -> Result:
    result = Result(section.name, "failed", f"not done within {section.limit_seconds:g} s")
    try:
        while receiver.poll(max(0.0, deadline - time.monotonic())):
            message = receiver.recv()
            if isinstance(message, Figure):
                result.figures.append(message)
            else:
                result.status, result.reason = message
                break
    except EOFError:
        result.reason = "its process ended"
    return result


def _work(section: Section, scale: Scale, sender: Connection) -> None:
    try:
        if scale.device_type == "cuda":
            keep_products_whole()
        for figure in section.run(scale):
            sender.send(figure)
        sender.send(("done", ""))
    except NotHereError as error:
        sender.send(("skipped", str(error)))
    except Exception:
        sender.send(("failed", traceback.format_exc(limit=-3)))
