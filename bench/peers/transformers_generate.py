"""Greedy decoding by transformers, plain and with prompt lookup.

python transformers_generate.py DIRECTORY DTYPE

One JSON object a line in, `{prompts, maxTokens, lookup}`, and one out, `{tokens, firstMs, ms}`: milliseconds from the
request to the first token and to the last. There is one prompt a line.
"""

import json
import sys
import time
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.generation.streamers import BaseStreamer


class FirstTokens(BaseStreamer):
    """Notes when the first tokens behind the prompt were there."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def put(self, value: torch.Tensor) -> None:
        """The prompt comes first."""
        self.seconds.append(time.perf_counter())

    def end(self) -> None:
        """Nothing is held back."""


def generate(model: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Answers one request, with so many tokens in every case: where an answer ends is not what is compared."""
    prompt = torch.tensor(request["prompts"])
    lookup = {"prompt_lookup_num_tokens": request["lookup"]} if request["lookup"] else {}
    # The last token may be the end of the turn.
    lengths = {"max_new_tokens": request["maxTokens"], "min_new_tokens": request["maxTokens"] - 1}
    streamer = FirstTokens()
    began = time.perf_counter()
    with torch.inference_mode():
        mask = torch.ones_like(prompt)
        output = model.generate(prompt, attention_mask=mask, do_sample=False, streamer=streamer, **lengths, **lookup)
    ended = time.perf_counter()
    tokens = output[:, prompt.shape[1] :].tolist()
    return {"tokens": tokens, "firstMs": (streamer.seconds[1] - began) * 1e3, "ms": (ended - began) * 1e3}


def main() -> None:
    """Answers line by line, so that whoever asks decides what runs beside what."""
    directory, dtype = sys.argv[1:]
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=getattr(torch, dtype), local_files_only=True).eval()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(generate(model, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
