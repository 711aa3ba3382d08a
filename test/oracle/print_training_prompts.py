"""Builds prompts with the training code, to be compared with those of the service.

Reads {"tokenizer": tokenizer.json, "edits": [{original, instruction, update, language, path}]} as JSON from
standard input and prints the ids of each prompt and of the answer that changes nothing, as JSON.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training.prompt import build_prompt, build_target, choose_fence

if __name__ == "__main__":
    task = json.loads(sys.stdin.buffer.read())
    tokenizer = Tokenizer.from_file(task["tokenizer"])
    results = []
    for edit in task["edits"]:
        fence = choose_fence(edit["original"], edit["update"], edit["instruction"], edit["path"])
        target = build_target(tokenizer, edit["original"], fence)
        results.append({"prompt": build_prompt(tokenizer, **edit), "unchanged": target})
    print(json.dumps(results))
