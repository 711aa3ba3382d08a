"""The attention of packed passes with integer weights, and the cache that it reads: the native library's or torch's."""

from engine.int8.exact_attention import ExactAttention
from engine.int8.exact_cache import ExactKvCache
from engine.int8.native import library
from engine.int8.native_attention import NativeAttention
from engine.kv_cache import KvCache
from engine.packed_pass import AttentionBackend


def int8_cache() -> type[KvCache]:
    """The library adds in one order for every row, so that its keys and values need no grids."""
    return KvCache if library.native_library() else ExactKvCache


def int8_attention() -> AttentionBackend:
    """What attends over such a cache."""
    native = library.native_library()
    return (lambda chunks, _: NativeAttention(native, chunks)) if native else ExactAttention
