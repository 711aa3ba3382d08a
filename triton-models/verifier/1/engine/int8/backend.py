"""What runs packed passes with integer weights, and the cache that it reads: the native library's or torch's."""

from typing import Any

from engine.int8.exact_attention import ExactAttention
from engine.int8.exact_cache import ExactKvCache
from engine.int8.native import library
from engine.int8.native_attention import NativeAttention
from engine.int8.native_runner import NativeRunner, is_whole
from engine.kv_cache import KvCache
from engine.model_runner import ModelRunner


def int8_cache() -> type[KvCache]:
    """The library adds in one order for every row, so that its keys and values need no grids."""
    return KvCache if library.native_library() else ExactKvCache


def int8_runner(model: Any, kv_cache: KvCache) -> ModelRunner:
    """What runs the model over such a cache."""
    native = library.native_library()
    if native is None:
        return ModelRunner(model, kv_cache, ExactAttention)
    if is_whole(model):
        return NativeRunner(model, kv_cache, native)
    return ModelRunner(model, kv_cache, lambda chunks, _: NativeAttention(native, chunks))
