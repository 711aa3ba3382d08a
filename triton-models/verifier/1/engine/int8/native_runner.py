"""Passes of models that the native library knows whole: a call each, in which no other code of the model takes part."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from engine.int8.decoder_layer import FusedLayer, layer_structure, norm_structure
from engine.int8.linear import Int8Embedding, Int8Head
from engine.int8.native import structures
from engine.int8.native.library import Library
from engine.int8.native_attention import NativeAttention
from engine.int8.rows import RowNorm
from engine.kv_cache import KvCache
from engine.model_runner import GreedyChoices, ModelRunner, answer_indices
from engine.scheduler import Chunk

WHOLE_MODELS = ("LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM")
"""Classes that embed, run their layers, normalise and multiply by the head, and do nothing else."""


class NativeRunner(ModelRunner):
    """
    Args:
        model: one that `is_whole`.
    """

    def __init__(self, model: Any, kv_cache: KvCache, library: Library):
        super().__init__(model, kv_cache, lambda chunks, _: NativeAttention(library, chunks))
        self._library = library
        self._embedding: Int8Embedding = model.get_input_embeddings()
        self._positions = model.model.rotary_emb
        layers = [layer_structure(layer) for layer in model.model.layers]
        head = model.get_output_embeddings().structure
        self._decoder = structures.Decoder.of(layers, norm_structure(model.model.norm), head)
        self._caches = structures.Caches.of(kv_cache.keys, kv_cache.values)

    def choose(self, chunks: Sequence[Chunk]) -> GreedyChoices:
        """See ModelRunner."""
        tokens = np.concatenate([chunk.tokens for chunk in chunks]).astype(np.int64)
        positions = np.concatenate([chunk.positions for chunk in chunks])
        hidden = self._embedding(torch.from_numpy(tokens))
        tables = self._positions(hidden, torch.from_numpy(positions)[None])
        # It owns what the pass points to.
        attention = NativeAttention(self._library, chunks)
        run = attention.with_positions(*tables)
        return GreedyChoices(*self._library.choose(self._decoder, run, hidden, self._caches, answer_indices(chunks)))


def is_whole(model: Any) -> bool:
    """Whether the library has all parts of a model with integer weights."""
    return (
        type(model).__name__ in WHOLE_MODELS
        and all(isinstance(layer, FusedLayer) and layer.mlp.is_silu for layer in model.model.layers)
        and isinstance(model.model.norm, RowNorm)
        and isinstance(model.get_input_embeddings(), Int8Embedding)
        and isinstance(model.get_output_embeddings(), Int8Head)
    )
