"""How much is measured: of large models on a GPU, or the same code over tiny ones on a CPU."""

from dataclasses import dataclass
from typing import Any

import torch

LLAMA_1B = {
    "vocab_size": 128_256,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": True,
}
LLAMA_8B = {
    **LLAMA_1B,
    "hidden_size": 4096,
    "intermediate_size": 14_336,
    "num_hidden_layers": 32,
    "tie_word_embeddings": False,
}
TINY = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}


@dataclass(frozen=True)
class Scale:
    """Sizes of everything that is measured."""

    device_type: str
    small_model: dict[str, Any]
    large_model: dict[str, Any]
    pass_tokens: tuple[int, ...]
    context_tokens: int
    long_context_tokens: int
    num_repeats: int
    num_flip_texts: int
    flip_text_tokens: int
    flip_chunk_tokens: tuple[int, ...]
    copied_bytes: int
    product_size: int

    @property
    def device(self) -> torch.device:
        """The first one of its type."""
        return torch.device(self.device_type, 0) if self.device_type == "cuda" else torch.device(self.device_type)


GPU = Scale(
    device_type="cuda",
    small_model=LLAMA_1B,
    large_model=LLAMA_8B,
    pass_tokens=(1, 8, 32, 64, 128, 192, 256, 384, 512, 1024),
    context_tokens=512,
    long_context_tokens=6000,
    num_repeats=15,
    num_flip_texts=4,
    flip_text_tokens=4096,
    flip_chunk_tokens=(8, 64, 200, 500),
    copied_bytes=2**31,
    product_size=8192,
)
CPU = Scale(
    device_type="cpu",
    small_model=TINY,
    large_model={**TINY, "tie_word_embeddings": True},
    pass_tokens=(1, 64, 600),
    context_tokens=64,
    long_context_tokens=700,
    num_repeats=2,
    num_flip_texts=1,
    flip_text_tokens=96,
    flip_chunk_tokens=(8, 64),
    copied_bytes=2**22,
    product_size=128,
)
