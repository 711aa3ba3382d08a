"""Whole histories: any mixture of drafts, rollbacks, branches, adoptions and other sequences."""

import random

import pytest

from tiny import VOCABULARY, Reference, assert_agrees, make_engine, step, tiny_model


class Script:
    """What one sequence should hold, and random steps that are legal for it."""

    def __init__(self, name: int, chance: random.Random):
        self.name, self.chance = name, chance
        self.candidates: list[list[int]] = []
        self.branches: list[list[int]] = []
        self.before: list[int] = []

    def next_step(self):
        start = not self.candidates or self.chance.random() < 0.08
        adopt = 0 if start else self.chance.randrange(len(self.candidates))
        text = [] if start else self.candidates[adopt]
        kept = text[: self.chance.randint(max(0, len(text) - 12), len(text))]
        self.before = kept + self.tokens(1, 25 if start else 4)
        self.branches = [self.tokens(0, 9) for _ in range(self.chance.choice([0, 1, 1, 2, 3]))]
        self.candidates = [self.before + branch for branch in self.branches or [[]]]
        prefix = self.before[len(kept) :]
        return step(self.name, prefix, *self.branches, keep=len(kept), adopt=adopt, start=start)

    def tokens(self, least: int, most: int) -> list[int]:
        return [self.chance.randrange(VOCABULARY) for _ in range(self.chance.randint(least, most))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["gpt2", "llama", "mistral"])
def test_any_history_of_steps_answers_as_full_forwards_do(kind, seed):
    chance = random.Random(seed)
    model = tiny_model(kind, seed)
    reference = Reference(model)
    # A cache so small that sequences are moved and compacted on the way.
    engine = make_engine(model, num_slots=520, max_pass_tokens=chance.choice([5, 23, 512]))
    scripts = [Script(name, chance) for name in range(4)]
    for _ in range(12):
        batch = chance.sample(scripts, chance.randint(1, 4))
        answers = engine.run([script.next_step() for script in batch])
        for script, answer in zip(batch, answers, strict=True):
            assert_agrees(answer, reference, script.before, *script.branches)
