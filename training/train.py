"""Train the adapter for a given time, resuming from the last checkpoint.

    python -m training.train --minutes 120

The order of the data depends on the seed alone. The learning rate follows the clock, so that
the schedule ends with the time that there is.
"""

import argparse
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import torch

from training import checkpoint
from training.edit_tokenizer import EditTokenizer
from training.evaluate_offline import judge
from training.examples import ExampleStream
from training.model import (
    adapter_state,
    freeze_layers,
    head_of,
    load_adapter,
    load_model,
    save_adapter,
    target_hidden,
    vocabulary_of,
)
from training.packing import Pack, pack
from training.suites import SUITES
from training.tasks import Corpus, Task
from training.token_budget import TokenBudget
from training.token_losses import losses_and_gradient
from training.train_options import parse_options

LAST_RATE = 0.03
LOG_STEPS = 5
# A long file costs as much as ten short ones.
LONGEST_FOLLOWED_LINES = 120
# The loss of an example is a sum over tokens in this unit, so that long ones count for more.
TYPICAL_TOKENS = 250
# In nats: a probability of 98 %.
LEAST_LOSS = 0.02


def learning_rate(options: argparse.Namespace, progress: checkpoint.Progress) -> float:
    """Return the rate: linear warm-up by steps, cosine decay by time."""
    spent = min(1.0, progress.elapsed_s / (options.minutes * 60))
    cosine = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * spent))
    return options.learning_rate * cosine * min(1.0, (progress.step + 1) / options.warm_up_steps)


def make_optimizer(model, masters: list[torch.Tensor], b_rate: float) -> torch.optim.Optimizer:
    """Return AdamW over the master weights, LoRA's B matrices with a rate of their own.

    B starts at zero and A does not, so B's best rate is the higher one (LoRA+, arXiv 2402.12354).
    """
    names = [name for name, weight in model.named_parameters() if weight.requires_grad]
    groups = [
        {"params": [m for n, m in zip(names, masters, strict=True) if part in n], "factor": factor}
        for part, factor in (("lora_A", 1.0), ("lora_B", b_rate))
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)


def draw_evaluation(options: argparse.Namespace) -> list[tuple[str, Task]]:
    """Return the tasks that the run is followed by: other ones than those of the report."""
    corpus = Corpus(options.corpus, evaluation=True, edits=options.edits)
    short = [s for s in SUITES if s.lines[1] <= LONGEST_FOLLOWED_LINES and s.is_drawable(corpus)]
    return [
        (suite.name, task) for suite in short for task in suite.draw(corpus, options.evaluation_count, options.seed)
    ]


class Trainer:
    """One run: model, optimizer, data and how far it has come."""

    def __init__(self, options: argparse.Namespace) -> None:
        # One example per thread waits less than one operator on all threads, most of all on
        # a machine that is shared: every operator would wait for the slowest thread.
        torch.set_num_threads(1)
        self.workers = ThreadPoolExecutor(options.threads)
        self.budget = TokenBudget(options.max_tokens_at_once)
        torch.manual_seed(options.seed)
        self.options = options
        self.model = load_model(options.model, rank=options.rank, alpha=options.alpha)
        if options.start_from:
            load_adapter(self.model, options.start_from)
        freeze_layers(self.model, options.frozen_layers)
        self.head, self.vocabulary = head_of(self.model), vocabulary_of(self.model)
        self.weights = [w for w in self.model.parameters() if w.requires_grad]
        # In bf16 the small steps at the end of the schedule would be rounded away.
        self.masters = [weight.detach().float() for weight in self.weights]
        self.optimizer = make_optimizer(self.model, self.masters, options.b_rate)
        corpus = Corpus(options.corpus, evaluation=False, edits=options.edits)
        self.tokenizer = EditTokenizer.load(options.model)
        self.stream = ExampleStream(
            corpus,
            self.tokenizer,
            options.seed,
            group_size=options.group_size,
            edit_weight=options.edit_weight,
        )
        self.evaluation = draw_evaluation(options)
        self.progress = checkpoint.resume(options.checkpoints, self.masters, self.optimizer, self.stream)
        self.copy_masters()
        self.model.train()

    def run(self) -> None:
        """Train until the time is spent, or this process's share of it; log and save on the way."""
        begun_s = saved_s = evaluated_s = self.progress.elapsed_s
        losses: list[float] = []
        while self.progress.elapsed_s < self.options.minutes * 60:
            started = time.monotonic()
            losses.append(self.step())
            self.progress.elapsed_s += time.monotonic() - started
            if self.progress.step % LOG_STEPS == 0:
                self.log(losses)
                losses = []
            if self.progress.elapsed_s - saved_s > self.options.checkpoint_minutes * 60:
                self.save()
                saved_s = self.progress.elapsed_s
            if self.progress.elapsed_s - evaluated_s > self.options.evaluation_minutes * 60:
                self.evaluate()
                evaluated_s = self.progress.elapsed_s
            if self.progress.elapsed_s - begun_s > self.options.process_minutes * 60:
                self.save()
                return
        self.save()
        self.evaluate()

    def step(self) -> float:
        """Take one optimizer step and return the mean loss of its examples."""
        packs = self.draw()
        results = [result for learnt in self.workers.map(self.learn, packs) for result in learnt]
        self.progress.num_examples += len(results)
        self.progress.num_tokens += sum(packed.ids.numel() for packed in packs)
        if learnt := sum(is_new for _, is_new in results):
            self.update(learnt)
        self.progress.step += 1
        return sum(loss for loss, _ in results) / len(results)

    def draw(self) -> list[Pack]:
        """Return a step's packs, longest first, so that the workers end at about the same time.

        Where one is long, there are more than usual: the other workers would wait for it.
        """
        share = self.progress.num_examples / self.options.curriculum_examples
        packs: list[Pack] = []
        sizes: list[int] = []
        while len(packs) < self.options.groups_per_step or (sum(sizes) < self.options.threads * max(sizes)):
            packs.append(pack(self.stream.next(share)))
            sizes.append(packs[-1].ids.numel())
        return sorted(packs, key=lambda packed: -packed.ids.numel())

    def update(self, num_examples: int) -> None:
        """Move the masters along the mean gradient, then round them into the model's weights."""
        for master, weight in zip(self.masters, self.weights, strict=True):
            master.grad = weight.grad.float() / num_examples
            weight.grad = None
        rate = learning_rate(self.options, self.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.optimizer.step()
        self.copy_masters()

    def copy_masters(self) -> None:
        """Give the model the masters' values, rounded to its own precision."""
        with torch.no_grad():
            for master, weight in zip(self.masters, self.weights, strict=True):
                weight.copy_(master)

    def learn(self, packed: Pack) -> list[tuple[float, bool]]:
        """Add a pack's gradient; several threads may do so at once.

        An example of which every token has at least the probability `--known` is passed over:
        its gradient is next to nothing, and the backward pass is the longer part of the work.
        So is a token of which the model is all but sure.
        Returns each example's loss, and whether it was learnt from.
        """
        with self.budget.spend(packed.ids.numel()):
            return self._learn(packed)

    def _learn(self, packed: Pack) -> list[tuple[float, bool]]:
        hidden = target_hidden(self.model, packed)
        targets = torch.tensor([token for e in packed.examples for token in e.target_ids])
        weights = torch.tensor([weight for e in packed.examples for weight in e.weights])
        losses, gradient = losses_and_gradient(hidden, self.head, self.vocabulary, targets, weights, LEAST_LOSS)
        sizes = [len(example.target_ids) for example in packed.examples]
        is_new = [part.max() > -math.log(self.options.known) for part in losses.split(sizes)]
        if any(is_new):
            for part, new in zip(gradient.split(sizes), is_new, strict=True):
                part *= new / TYPICAL_TOKENS
            hidden.backward(gradient)
        means = [part.mean().item() for part in (losses * weights).split(sizes)]
        return list(zip(means, map(bool, is_new), strict=True))

    def log(self, losses: list[float]) -> None:
        """Append a line to the progress log."""
        line = {
            "step": self.progress.step,
            "examples": self.progress.num_examples,
            "tokens": self.progress.num_tokens,
            "seconds": round(self.progress.elapsed_s, 1),
            "loss": round(sum(losses) / len(losses), 5),
            "learning_rate": round(self.optimizer.param_groups[0]["lr"], 7),
        }
        self.append("log.jsonl", line)

    def evaluate(self) -> None:
        """Append results on packages that are never trained on to the evaluation log."""
        results = self.workers.map(lambda drawn: judge(self.model, self.tokenizer, *drawn), self.evaluation)
        line = {**asdict(self.progress), "results": list(results)}
        self.append("evaluation.jsonl", line)

    def append(self, name: str, line: dict) -> None:
        """Append a line to a log beside the checkpoint."""
        with (self.options.checkpoints / name).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """Write a checkpoint."""
        folder = self.options.checkpoints
        save_adapter(adapter_state(self.model), self.model.peft_config["default"], folder, self.options.model.name)
        checkpoint.save(folder, self.masters, self.optimizer, self.stream, self.progress)


def main() -> None:
    """Train."""
    options = parse_options()
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    Trainer(options).run()


if __name__ == "__main__":
    main()
