"""Writes config.json and random safetensors of a tiny model of a family into a directory that has a tokenizer."""

import argparse

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

COMMON = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
GROUPED = {**COMMON, "num_key_value_heads": 2, "max_position_embeddings": 8192}
FAMILIES = {
    "gpt2": (GPT2Config, GPT2LMHeadModel, {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 4096}),
    "llama": (LlamaConfig, LlamaForCausalLM, GROUPED),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, GROUPED),
}


def make(family: str, vocabulary: int, seed: int):
    config, model, sizes = FAMILIES[family]
    torch.manual_seed(seed)
    made = model(config(vocab_size=vocabulary, bos_token_id=None, eos_token_id=2, pad_token_id=2, **sizes))
    for parameter in made.parameters():
        # Larger than the default, so that logits are far apart and the text is not one repeated token.
        parameter.data.normal_(0, 0.3)
    return made.eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", choices=FAMILIES, required=True)
    parser.add_argument("--vocabulary", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    make(options.family, options.vocabulary, options.seed).save_pretrained(options.output)
