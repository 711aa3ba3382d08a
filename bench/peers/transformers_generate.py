"""Greedy decoding by transformers: one JSON object a line in, `{prompt, maxTokens, lookup}`, one out, `{tokens, ms}`.

python transformers_generate.py DIRECTORY DTYPE
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM


def main() -> None:
    """Answers line by line, so that whoever asks decides what runs beside what."""
    directory, dtype = sys.argv[1:]
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=getattr(torch, dtype), local_files_only=True).eval()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        prompt = torch.tensor([request["prompt"]])
        lookup = {"prompt_lookup_num_tokens": request["lookup"]} if request["lookup"] else {}
        began = time.perf_counter()
        with torch.inference_mode():
            output = model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                do_sample=False,
                max_new_tokens=request["maxTokens"],
                # So many tokens in every case: where an answer ends is not what is compared.
                min_new_tokens=request["maxTokens"],
                **lookup,
            )
        elapsed_ms = (time.perf_counter() - began) * 1e3
        print(json.dumps({"tokens": output[0, prompt.shape[1] :].tolist(), "ms": elapsed_ms}), flush=True)


if __name__ == "__main__":
    main()
