"""What rank 0 and its workers tell each other, pickled, over the pipe that lies between just the two of them."""

from dataclasses import dataclass
from pathlib import Path

import torch

from engine.block_table import SlotSpan
from engine.config import EngineConfig
from engine.parallel.shard import Shard
from engine.scheduler import Chunk
from engine.verify_step import TokenIds


@dataclass(frozen=True, slots=True)
class Load:
    """What one rank loads, as rank 0 chose it."""

    config: EngineConfig
    directory: Path
    adapter: Path | None
    dtype: torch.dtype
    device: torch.device
    shard: Shard


@dataclass(frozen=True, slots=True)
class Assignment:
    """The first message."""

    load: Load
    meeting_file: Path
    """See `join_group`."""


@dataclass(frozen=True, slots=True)
class RunPass:
    """One forward over the chunks, whose tables hold the slots that rank 0 gave them."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class CopySlots:
    """A copy of K and V inside the cache, of every rank's own heads."""

    source: tuple[SlotSpan, ...]
    target: tuple[SlotSpan, ...]


@dataclass(frozen=True, slots=True)
class RunPlain:
    """The model's own forward over whole texts, for the self-test."""

    texts: tuple[TokenIds, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """The last message; the worker leaves the group and ends."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker's answer to its assignment: its shard is in place."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker's last message: why it ends."""

    reason: str
