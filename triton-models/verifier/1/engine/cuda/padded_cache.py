"""The KV cache of padded passes: with slots that no sequence owns."""

from engine.kv_cache import KvCache

CUDA_BLOCK_TOKENS = 256
"""The kernel's page size is a multiple of this."""


class PaddedKvCache(KvCache):
    """Behind the last block is a block for the K and V of padding tokens, which nothing attends to."""

    MIN_PADDING = CUDA_BLOCK_TOKENS
    """A whole block, since the kernel reads the cache as blocks."""

    @property
    def padding_slot(self) -> int:
        """A slot that no sequence owns."""
        return self.num_slots
