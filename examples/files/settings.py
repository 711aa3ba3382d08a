"""Reads the settings of a backup job."""

import json
from pathlib import Path

DEFAULT_RETRIES = 3
DEFAULT_TIMEOUT_SECONDS = 30


def load_settings(path):
    """Settings from a JSON file, with defaults for what is missing."""
    settings = json.loads(Path(path).read_text(encoding="utf-8"))
    settings.setdefault("retries", DEFAULT_RETRIES)
    settings.setdefault("timeout", DEFAULT_TIMEOUT_SECONDS)
    return settings


def target_of(settings, name):
    """Folder that a source is copied to."""
    root = Path(settings["target"])
    return root / name.replace("/", "_")


def describe(settings):
    """One line for the log."""
    return f"{len(settings['sources'])} sources to {settings['target']}"
