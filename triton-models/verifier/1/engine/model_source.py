"""Where the weights and the adapter are: directories of the user's own, or those of a built-in model."""

import logging
from pathlib import Path

from engine import builtin_model
from engine.catalog import CatalogModel, load_catalog
from engine.config import NO_ADAPTER, EngineConfig
from engine.errors import ConfigError
from engine.usable_memory import usable_memory_bytes

logger = logging.getLogger(__name__)


def model_directory(config: EngineConfig) -> Path:
    """
    The directory to load; a built-in model is converted on first use.

    Raises:
        ConfigError: the model is not built in and no directory is given, or the directory holds no model.
        FetchError: the weights of the built-in model cannot be had.
    """
    if config.model_dir:
        if not (config.model_dir / "config.json").is_file():
            raise ConfigError("REDRAFT_MODEL_DIR", "a model directory (config.json)", str(config.model_dir))
        return config.model_dir
    builtin = _named_model(config)
    if builtin is None or builtin.weights is None:
        names = ", ".join(model.name for model in load_catalog().builtin_models)
        expected = f"{names} (built in), or REDRAFT_MODEL_DIR with the directory of the model"
        raise ConfigError("REDRAFT_MODEL", expected, config.model)
    return builtin_model.convert(builtin, builtin_model.default_directory(builtin.name), report=logger.info)


def adapter_directory(config: EngineConfig) -> Path | None:
    """The adapter to merge. A built-in model's own fits no other weights."""
    if config.adapter_dir == NO_ADAPTER:
        return None
    if config.adapter_dir:
        return config.adapter_dir
    builtin = _builtin_model(config)
    return builtin.adapter if builtin else None


def _builtin_model(config: EngineConfig) -> CatalogModel | None:
    if config.model_dir is None:
        return _named_model(config)
    name = builtin_model.converted_model(config.model_dir)
    return load_catalog().find(name) if name else None


def _named_model(config: EngineConfig) -> CatalogModel | None:
    if config.model == "auto":
        return load_catalog().default(usable_memory_bytes())
    return load_catalog().find(config.model)
