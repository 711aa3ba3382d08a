"""Exact match of greedy decoding on packages that training never saw.

    python -m training.evaluate_offline --count 100

Greedy decoding writes the target exactly if and only if the model, given the target so far,
prefers the right token at every position. So one forward pass tells what hundreds would, and
the first position that goes wrong is where free decoding would leave the target.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import torch

from training import paths
from training.edit_tokenizer import EditTokenizer
from training.examples import Example, tokenize
from training.model import (
    load_adapter,
    load_model,
    target_hidden,
    vocabulary_of,
)
from training.packing import pack
from training.suites import draw_sets
from training.tasks import Corpus, Task


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=paths.CORPUS)
    parser.add_argument("--edits", type=Path, default=paths.EDITS)
    parser.add_argument(
        "--model", type=paths.model_directory, default=paths.default_model(), help="name in the catalog, or a directory"
    )
    parser.add_argument("--adapter", type=Path, help="default: the one that the service loads")
    parser.add_argument("--no-adapter", action="store_true", help="evaluate the base model")
    parser.add_argument("--suite", action="append", help="name of a set; all of them where none is given")
    parser.add_argument("--commits", type=Path, help="real commits that training never saw, see `commit_sets.py`")
    parser.add_argument("--count", type=int, default=100, help="tasks per set")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60, help="stop after this time")
    parser.add_argument("--output", type=Path, default=paths.cache_directory() / "results.jsonl")
    options = parser.parse_args()
    options.adapter = options.adapter or paths.adapter_directory(options.model)
    return options


def load(options: argparse.Namespace) -> torch.nn.Module:
    """Return the model, the adapter merged in; on a CPU the service runs it in float32."""
    config = json.loads((options.adapter / "adapter_config.json").read_text("utf-8"))
    model = load_model(
        options.model,
        rank=config["r"],
        alpha=config["lora_alpha"],
        dtype=getattr(torch, options.dtype),
    )
    if not options.no_adapter:
        load_adapter(model, options.adapter)
    return model.merge_and_unload().eval()


def judge(model: torch.nn.Module, tokenizer: EditTokenizer, name: str, task: Task) -> dict:
    """Return one task's result."""
    example = tokenize(tokenizer, task)
    with torch.inference_mode():
        hidden = target_hidden(model, pack([example])).float()
        # In float32: in bf16 near ties of the logits would be exact ones.
        logits = hidden @ vocabulary_of(model).T
        targets = torch.tensor(example.target_ids)
        loss = torch.nn.functional.cross_entropy(logits, targets).item()
    error = first_error(logits, example)
    # The heavier weights mark an edit and the tokens just after it.
    near_edit = error is not None and example.weights[error] > min(example.weights)
    return {
        "suite": name,
        "kind": task.kind,
        "language": task.language,
        "lines": task.original.count("\n"),
        "tokens": len(example.target_ids),
        "loss": loss,
        "exact": error is None,
        "first_error": error,
        "where": None if error is None else "edit" if near_edit else "copy",
    }


def first_error(logits: torch.Tensor, example: Example) -> int | None:
    """Return the first position of the target that greedy decoding gets wrong."""
    wrong = (logits.argmax(-1) != torch.tensor(example.target_ids)).nonzero()
    return int(wrong[0]) if len(wrong) else None


def results(options: argparse.Namespace) -> Iterator[dict]:
    """Yield results, the sets in turn, so that a run that is cut short covers all of them."""
    torch.set_num_threads(options.threads)
    corpus = Corpus(options.corpus, evaluation=True, edits=options.edits)
    model, tokenizer = load(options), EditTokenizer.load(options.model)
    sets = draw_sets(corpus, options.commits, options.count, options.seed)
    chosen = {name: tasks for name, tasks in sets.items() if not options.suite or name in options.suite}
    started = time.monotonic()
    for index, turn in enumerate(zip_longest(*chosen.values())):
        for name, task in zip(chosen, turn, strict=True):
            if task and time.monotonic() - started < options.minutes * 60:
                yield {**judge(model, tokenizer, name, task), "index": index}


def main() -> None:
    """Evaluate, write one line per task, print the share of exact matches of every set."""
    options = parse_options()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    counts: dict[str, list[bool]] = {}
    with options.output.open("w", encoding="utf-8") as output:
        for result in results(options):
            output.write(json.dumps(result) + "\n")
            output.flush()
            counts.setdefault(result["suite"], []).append(result["exact"])
    for name, exact in counts.items():
        print(f"{name}: {sum(exact)} of {len(exact)}", file=sys.stderr)


if __name__ == "__main__":
    main()
