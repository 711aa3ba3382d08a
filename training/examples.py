"""Tasks as token ids with a weight for every token of the answer."""

import random
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from training.edit_tokenizer import EditTokenizer
from training.kinds import draw_group
from training.prompt import choose_fence
from training.tasks import Corpus, Task

EDIT_WEIGHT = 2.0
# The tokens after an edit decide whether copying is taken up again at the right place.
REJOIN_TOKENS = 4
PATH_SHARE, NO_LANGUAGE_SHARE = 0.1, 0.05
FIRST_MAX_TOKENS, LAST_MAX_TOKENS, LONG_MAX_TOKENS = 500, 3000, 8000
SHORT_LINES, LINES, LONG_LINES = (5, 16), (16, 80), (100, 250)
# Where an edit begins and ends is what is hard to learn, and short files are full of it.
SHORT_SHARE = 0.5
# Copying goes astray at look-alike places, and long files are full of those; but one of them
# costs as much as twenty short ones.
LONG_FROM, LONG_SHARE = 0.4, 0.15


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


def tokenize(tokenizer: EditTokenizer, task: Task, edit_weight: float = EDIT_WEIGHT) -> Example:
    """Encode a task and weigh the tokens of its answer."""
    fence = choose_fence(task.original, task.update, task.instruction)
    prompt_ids = tokenizer.prompt(task)
    target_ids = tokenizer.target(task.edited, fence)
    original_ids = tokenizer.target(task.original, fence)
    return Example(task.kind, prompt_ids, target_ids, weigh(original_ids, target_ids, edit_weight))


def weigh(original_ids: list[int], target_ids: list[int], edit_weight: float) -> list[float]:
    """Return 1 for copied tokens, more at and just after an edit, scaled to a mean of 1."""
    weights = [1.0] * len(target_ids)
    matcher = SequenceMatcher(None, original_ids, target_ids, autojunk=False)
    for tag, _, _, low, high in matcher.get_opcodes():
        if tag != "equal":
            for index in range(low, min(high + REJOIN_TOKENS, len(weights))):
                weights[index] = edit_weight
    mean = sum(weights) / len(weights)
    return [weight / mean for weight in weights]


def max_tokens(progress: float) -> int:
    """Return the longest example allowed: it grows until 60 % of the curriculum."""
    grown = min(1.0, progress / 0.6)
    return round(FIRST_MAX_TOKENS + grown * (LAST_MAX_TOKENS - FIRST_MAX_TOKENS))


class ExampleStream:
    """An endless, reproducible stream: its position is the state of its random source."""

    def __init__(
        self,
        corpus: Corpus,
        tokenizer: EditTokenizer,
        seed: int,
        *,
        group_size: int,
        edit_weight: float,
    ) -> None:
        self.corpus, self.tokenizer = corpus, tokenizer
        self.group_size, self.edit_weight = group_size, edit_weight
        self.random = random.Random(seed)

    def next(self, progress: float) -> list[Example]:
        """Return examples about one excerpt that fit the curriculum at this progress (0 to 1)."""
        is_long = progress > LONG_FROM and self.random.random() < LONG_SHARE
        limit = LONG_MAX_TOKENS if is_long else max_tokens(progress)
        lines = LONG_LINES if is_long else self._lines()
        while True:
            tasks = draw_group(self.corpus, self.random, lines, 1 if is_long else self.group_size)
            examples = [tokenize(self.tokenizer, task, self.edit_weight) for task in dress(tasks, self.random)]
            fitting = [example for example in examples if example.num_tokens <= limit]
            if fitting:
                return fitting

    def _lines(self) -> tuple[int, int]:
        return SHORT_LINES if self.random.random() < SHORT_SHARE else LINES


def dress(tasks: list[Task], random_source: random.Random) -> list[Task]:
    """Keep the path in one group of ten, drop the language in one of twenty."""
    has_path = random_source.random() < PATH_SHARE
    has_language = random_source.random() >= NO_LANGUAGE_SHARE
    return [
        replace(
            task,
            path=task.path if has_path else "",
            language=task.language if has_language else "",
        )
        for task in tasks
    ]
