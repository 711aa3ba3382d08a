"""Tiny randomly initialised models, engines over them, and the plain forward that they are compared with."""

import copy
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from engine.block_pool import BlockPool
from engine.engine import Engine
from engine.kv_cache import KvCache
from engine.model_probe import probe_layers
from engine.model_runner import ModelRunner
from engine.open_sequences import OpenSequences
from engine.packed_pass import AttentionBackend
from engine.sdpa_attention import SdpaAttention
from engine.verify_step import VerifyAnswer, VerifyStep

VOCABULARY = 128
COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
GPT2 = {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}
KINDS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2, bos_token_id=None, eos_token_id=None)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**COMMON)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**COMMON)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**COMMON, sliding_window=12)),
}


def tiny_model(kind: str = "llama", seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return randomised(KINDS[kind]())


def randomised(model: torch.nn.Module) -> torch.nn.Module:
    """Weights so large that the logits differ clearly and attention matters."""
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.2)
    return model.eval().requires_grad_(False)


class Collected:
    """A request that keeps its only answer."""

    def __init__(self, verify_step: VerifyStep, on_result: Callable[[], None] = lambda: None):
        self.step = verify_step
        self.result = None
        self.cancelled = False
        self._on_result = on_result

    def respond(self, result) -> None:
        assert self.result is None, "answered twice"
        self.result = result
        self._on_result()

    def is_cancelled(self) -> bool:
        return self.cancelled


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def make_engine(
    model: torch.nn.Module,
    num_slots: int = 2048,
    *,
    block_tokens: int = 4,
    keeps_prefixes: bool = False,
    max_pass_tokens: int = 512,
    idle_seconds: float = 75.0,
    eviction_grace_seconds: float = 5.0,
    backend: AttentionBackend = SdpaAttention,
    clock: Callable[[], float] = time.monotonic,
) -> Engine:
    parameter = next(model.parameters())
    pool = BlockPool(num_slots // block_tokens, block_tokens, wants_runs=True, keeps_prefixes=keeps_prefixes)
    kv_cache = KvCache(probe_layers(model), pool, parameter.dtype, parameter.device)
    sequences = OpenSequences(kv_cache, idle_seconds, eviction_grace_seconds, clock)
    return Engine(ModelRunner(model, kv_cache, backend), sequences, max_pass_tokens)


class Reference:
    """The model's own forward over whole texts."""

    def __init__(self, model: torch.nn.Module):
        self._model = copy.deepcopy(model)
        self._model.set_attn_implementation("sdpa")

    @torch.inference_mode()
    def __call__(self, tokens) -> tuple[np.ndarray, np.ndarray]:
        """Argmax and margin after every token. Shapes: [len(tokens)]."""
        inputs = torch.from_numpy(np.asarray(tokens).astype(np.int64))[None]
        logits = self._model(input_ids=inputs, use_cache=False).logits[0]
        top = logits.topk(2).values
        return logits.argmax(-1).numpy(), (top[:, 0] - top[:, 1]).numpy()

    def greedy(self, prompt: list[int], count: int) -> list[int]:
        tokens = list(prompt)
        for _ in range(count):
            tokens.append(int(self(tokens)[0][-1]))
        return tokens[len(prompt) :]


def random_tokens(count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(0, VOCABULARY, count).tolist()


def step(sequence_id, prefix, *branches, keep=0, adopt=0, start=False, end=False) -> VerifyStep:
    """A step from separate token lists."""
    tokens = np.array([*prefix, *(token for branch in branches for token in branch)], np.int32)
    lengths = tuple(len(branch) for branch in branches)
    return VerifyStep(sequence_id, tokens, lengths, keep, adopt, is_start=start, is_end=end)


def run_one(engine: Engine, verify_step: VerifyStep) -> VerifyAnswer:
    (answer,) = engine.run([verify_step])
    if isinstance(answer, Exception):
        raise answer
    return answer


def assert_agrees(answer: VerifyAnswer, reference: Reference, before, *branches) -> None:
    """The answer must hold, per branch, the choices after the tokens `before` and after each token of the branch."""
    expected = [reference([*before, *branch]) for branch in branches or ([],)]
    argmax = np.concatenate([argmax[len(before) - 1 :] for argmax, _ in expected])
    margins = np.concatenate([margin[len(before) - 1 :] for _, margin in expected])
    np.testing.assert_array_equal(answer.argmax, argmax)
    np.testing.assert_allclose(answer.margin, margins, atol=2e-4)


def saved(model: torch.nn.Module, directory: Path) -> Path:
    """The directory, with the model in it."""
    model.set_attn_implementation("sdpa")
    model.save_pretrained(directory)
    return directory
