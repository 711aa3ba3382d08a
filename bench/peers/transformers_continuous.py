"""Greedy decoding by the continuous batching of transformers.

python transformers_continuous.py DIRECTORY DTYPE

One JSON object a line in, `{requests: [{prompt, maxTokens}]}`, which run at once, and one out, `{tokens, firstMs, ms}`:
tokens of each, milliseconds to the first token of any and to the last of all. Where this machine cannot run it, the
only line out is `{error}`.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import AutoModelForCausalLM, ContinuousBatchingConfig

PASS_TOKENS = 512
PAGE_TOKENS = 256
CACHE_TOKENS = 32768
"""As many as Redraft's pass takes, and room for what the bench sends at once."""


@contextmanager
def started_manager(directory: str, dtype: str) -> Iterator[Any]:
    """A manager that runs until the end of the block."""
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=getattr(torch, dtype), local_files_only=True).eval()
    greedy = model.generation_config
    greedy.do_sample = False
    # Tokens are counted, not ended.
    greedy.eos_token_id = -1
    sizes = ContinuousBatchingConfig(
        page_size=PAGE_TOKENS, num_blocks=CACHE_TOKENS // PAGE_TOKENS, max_batch_tokens=PASS_TOKENS
    )
    with model.continuous_batching_context_manager(
        generation_config=greedy, continuous_batching_config=sizes, warmup=False
    ) as manager:
        yield manager


def generate(manager: Any, requests: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Answers requests at once, with so many tokens in every case: where an answer ends is not what is compared.

    Raises:
        RuntimeError: a request was not answered with so many tokens.
    """
    began = time.perf_counter()
    names = [
        manager.add_request(one["prompt"], max_new_tokens=one["maxTokens"], record_timestamps=True) for one in requests
    ]
    results: dict[str, Any] = {}
    while len(results) < len(names):
        result = manager.get_result(timeout=1)
        if result is not None and result.is_finished():
            results[result.request_id] = result
        elif result is None and not manager.is_running():
            raise RuntimeError(f"continuous batching ended with {len(results)} of {len(names)} requests answered")
    tokens = [results[name].generated_tokens for name in names]
    got, expected = [len(answer) for answer in tokens], [one["maxTokens"] for one in requests]
    if got != expected:
        raise RuntimeError(f"continuous batching: expected {expected} tokens, got {got}")
    times = [moment for name in names for moment in results[name].timestamps]
    return {"tokens": tokens, "firstMs": (min(times) - began) * 1e3, "ms": (max(times) - began) * 1e3}


def main() -> None:
    """Answers line by line, the first time to itself: what cannot run is told before anything is measured."""
    directory, dtype = sys.argv[1:]
    try:
        with started_manager(directory, dtype) as manager:
            generate(manager, [{"prompt": [1, 2, 3], "maxTokens": 2}])
            print(json.dumps({"ready": True}), flush=True)
            for line in sys.stdin:
                print(json.dumps(generate(manager, json.loads(line)["requests"])), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main()
