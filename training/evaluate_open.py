"""Judge the answers to instructions that have many right ones, by rule: greedy decoding, then `answer_rules`.

    python -m training.evaluate_open --count 20

Prints one JSON object per task, with the text that came, and how many keep the rule.
"""

import json
import sys

import torch

from training.answer_rules import adds_one_comment
from training.edit_tokenizer import EditTokenizer
from training.evaluate_offline import load, parse_options
from training.languages import LANGUAGES, Language
from training.prompt import FORM, choose_fence
from training.suites import OPEN
from training.tasks import Corpus, Task

# How much longer than the known answer one may be.
SPARE_TOKENS = 80
LOOKUP_TOKENS = 16


def answer(model: torch.nn.Module, tokenizer: EditTokenizer, task: Task) -> str | None:
    """Return the file that greedy decoding writes; None where it does not close the fence."""
    fence = choose_fence(task.original, task.update, task.instruction)
    prompt = tokenizer.prompt(task)
    end = tokenizer.tokenizer.token_to_id(tokenizer.chat.end_of_turn)
    with torch.inference_mode():
        ids = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=len(tokenizer.target(task.edited, fence)) + SPARE_TOKENS,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
            # Drafts out of the prompt: the answer is the same, and most of it is copied.
            prompt_lookup_num_tokens=LOOKUP_TOKENS,
        )
    text = tokenizer.tokenizer.decode(ids[0, len(prompt) :].tolist(), skip_special_tokens=True)
    closing = FORM["answerEnd"].format(fence=fence)
    return text.removesuffix(closing) + "\n" if text.endswith(closing) else None


def language_named(tag: str) -> Language:
    """Return the language of a tag."""
    return next(language for language in LANGUAGES.values() if language.tag == tag)


def main() -> None:
    """Judge every task of the open set."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    corpus = Corpus(options.corpus, evaluation=True)
    model, tokenizer = load(options), EditTokenizer.load(options.model)
    # The training's own attention keeps no cache.
    model.set_attn_implementation("sdpa")
    kept = []
    for task in OPEN.draw(corpus, options.count, options.seed):
        text = answer(model, tokenizer, task)
        is_kept = bool(text) and adds_one_comment(task.original, text, language_named(task.language))
        kept.append(is_kept)
        print(
            json.dumps({"kind": task.kind, "instruction": task.instruction, "kept": is_kept, "text": text}), flush=True
        )
    print(f"{OPEN.name}: {sum(kept)} of {len(kept)}", file=sys.stderr)


if __name__ == "__main__":
    main()
