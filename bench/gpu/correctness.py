"""Small random models of several families: the device's choices beside a forward of float32 on the CPU."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from bench.gpu.passes import MAX_PASS_TOKENS, Text, make_runner, random_text
from bench.gpu.scale import Scale
from bench.gpu.section import Figure
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from engine.engine import Engine
from engine.model_runner import ModelRunner
from engine.open_sequences import OpenSequences
from engine.self_test import TOLERANCE, self_test
from engine.verify_step import TokenIds

SIZES = {
    "vocab_size": 512,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
FAMILIES = {
    "llama": SIZES,
    "qwen2": SIZES,
    "mistral": {**SIZES, "sliding_window": 100},
    "gpt2": {
        "vocab_size": 512,
        "n_embd": 256,
        "n_layer": 3,
        "n_head": 4,
        "n_positions": 1024,
        "bos_token_id": None,
        "eos_token_id": None,
    },
}
NUM_SLOTS = 2048
PIECES = ((0, 150), (150, 151), (151, 215), (215, 300), (300, 301))
"""A prompt, plain steps and drafts: passes of three sizes."""


def run(scale: Scale) -> Iterator[Figure]:
    """The section: how far below the best logit of the CPU the device's choices are, in deviations of all logits."""
    for family, sizes in FAMILIES.items():
        model = _random_model(family, sizes)
        tokens = random_text(PIECES[-1][1], model.config.vocab_size)
        reference = _forward(model, tokens)
        for dtype in (torch.bfloat16, torch.float32):
            runner = make_runner(copy.deepcopy(model).to(scale.device, dtype), NUM_SLOTS, with_graphs=True)
            # Drafts, further branches, adoption and rollback, beside the model's own forward on the device.
            self_test(Engine(runner, OpenSequences(runner.kv_cache, 3600, 0), MAX_PASS_TOKENS))
            distance = _distance(runner, tokens, reference)
            name = f"{family}, {str(dtype).removeprefix('torch.')}"
            yield Figure(name, {"largestDistance": distance})
            if not distance <= TOLERANCE[dtype]:
                raise ValueError(f"{name}: expected a distance of at most {TOLERANCE[dtype]}, got {distance}")


def _random_model(family: str, sizes: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[family](**sizes), dtype=torch.float32)
    for parameter in model.parameters():
        # Large enough that attention matters.
        parameter.data.normal_(0, 0.1)
    return model.eval().requires_grad_(False)


@torch.inference_mode()
def _forward(model: Any, tokens: TokenIds) -> torch.Tensor:
    """Logits after every token. Shape: [tokens, V]."""
    model.set_attn_implementation("sdpa")
    return model(input_ids=torch.from_numpy(tokens).long()[None], use_cache=False).logits[0]


def _distance(runner: ModelRunner, tokens: TokenIds, reference: torch.Tensor) -> float:
    text = Text(runner, tokens)
    chosen = torch.cat([torch.from_numpy(text.run(begin, end).argmax).long() for begin, end in PIECES])
    below = reference.amax(-1) - reference.gather(1, chosen[:, None])[:, 0]
    return float(below.max() / reference.std())
