"""The passages that models are judged on, as `bench/quality/passages.ts` writes them."""

import json
from pathlib import Path
from typing import NamedTuple

CODE = "code"
"""Set of the passages that are code alone, without a request."""


class Passage(NamedTuple):
    """A text and what stands before it, as token ids."""

    key: str
    set: str
    prompt: list[int]
    text: list[int]

    @property
    def tokens(self) -> list[int]:
        """Both."""
        return [*self.prompt, *self.text]


def read_passages(file: Path) -> list[Passage]:
    """One from each line."""
    lines = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return [Passage(line["key"], line["set"], line["prompt"], line["text"]) for line in lines]
