"""Plain greedy decoding by Hugging Face transformers, as an independent witness.

Reads {"model": directory, "adapter": directory or null, "cases": [{"prompt": ids, "max_new_tokens": n}]} as JSON
from standard input and prints the generated ids of each case as JSON.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM


def load(model: str, adapter: str | None):
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    if adapter:
        from peft import PeftModel

        loaded = PeftModel.from_pretrained(loaded, adapter).merge_and_unload()
    return loaded


@torch.inference_mode()
def generate(model, prompt: list[int], max_new_tokens: int) -> list[int]:
    ids = torch.tensor([prompt])
    attention_mask = torch.ones_like(ids)
    output = model.generate(ids, attention_mask=attention_mask, do_sample=False, max_new_tokens=max_new_tokens)
    return output[0, len(prompt) :].tolist()


if __name__ == "__main__":
    task = json.load(sys.stdin)
    witness = load(task["model"], task["adapter"])
    print(json.dumps([generate(witness, case["prompt"], case["max_new_tokens"]) for case in task["cases"]]))
