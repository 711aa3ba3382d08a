"""Tasks as token ids with a weight for every token of the answer."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from tokenizers import Tokenizer

from training.kinds import draw_tasks
from training.prompt import build_prompt, build_target, choose_fence
from training.tasks import Corpus, Task

EDIT_WEIGHT = 4.0
# The tokens after an edit decide whether copying is taken up again at the right place.
REJOIN_TOKENS = 4
PATH_SHARE, NO_LANGUAGE_SHARE = 0.1, 0.05
FIRST_MAX_TOKENS, LAST_MAX_TOKENS, LONG_MAX_TOKENS = 500, 1500, 5000
LINES, LONG_LINES = (5, 200), (100, 250)
# Long files are learnt last and by few examples: what copies a short one almost copies them.
LONG_FROM, LONG_SHARE = 0.4, 0.05


@dataclass(frozen=True)
class Example:
    """One training example: prompt and target ids, and the target's loss weights."""

    kind: str
    prompt_ids: list[int]
    target_ids: list[int]
    weights: list[float]

    @property
    def num_tokens(self) -> int:
        """The length that the model sees."""
        return len(self.prompt_ids) + len(self.target_ids)


def tokenize(tokenizer: Tokenizer, task: Task) -> Example:
    """Encode a task and weigh the tokens of its answer."""
    fence = choose_fence(task.original, task.update, task.instruction)
    prompt_ids = build_prompt(
        tokenizer, task.original, task.instruction, task.update, task.language, task.path
    )
    target_ids = build_target(tokenizer, task.edited, fence)
    original_ids = build_target(tokenizer, task.original, fence)
    return Example(task.kind, prompt_ids, target_ids, weigh(original_ids, target_ids))


def weigh(original_ids: list[int], target_ids: list[int]) -> list[float]:
    """Return 1 for copied tokens, EDIT_WEIGHT at and just after an edit; the mean is 1."""
    weights = [1.0] * len(target_ids)
    matcher = SequenceMatcher(None, original_ids, target_ids, autojunk=False)
    for tag, _, _, low, high in matcher.get_opcodes():
        if tag != "equal":
            for index in range(low, min(high + REJOIN_TOKENS, len(weights))):
                weights[index] = EDIT_WEIGHT
    mean = sum(weights) / len(weights)
    return [weight / mean for weight in weights]


def max_tokens(progress: float) -> int:
    """Return the longest example allowed: it grows until 60 % of the curriculum."""
    grown = min(1.0, progress / 0.6)
    return round(FIRST_MAX_TOKENS + grown * (LAST_MAX_TOKENS - FIRST_MAX_TOKENS))


class ExampleStream:
    """An endless, reproducible stream: its position is the state of its random source."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, seed: int) -> None:
        self.corpus, self.tokenizer = corpus, tokenizer
        self.random = random.Random(seed)

    def next(self, progress: float) -> Example:
        """Return the next example that fits the curriculum at this progress (0 to 1)."""
        is_long = progress > LONG_FROM and self.random.random() < LONG_SHARE
        limit = LONG_MAX_TOKENS if is_long else max_tokens(progress)
        for task in self._tasks(LONG_LINES if is_long else LINES):
            example = tokenize(self.tokenizer, task)
            if example.num_tokens <= limit:
                return example
        raise AssertionError("the stream of tasks has no end")

    def _tasks(self, lines: tuple[int, int]) -> Iterator[Task]:
        for task in draw_tasks(self.corpus, self.random, lines):
            yield dress(task, self.random)


def dress(task: Task, random_source: random.Random) -> Task:
    """Keep the path in one task of ten, drop the language in one of twenty."""
    path = task.path if random_source.random() < PATH_SHARE else ""
    language = "" if random_source.random() < NO_LANGUAGE_SHARE else task.language
    return replace(task, path=path, language=language)
