"""What a model's own chat template puts around the user's message."""

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

_MARK = "the-message-of-the-user"


@dataclass(frozen=True)
class ChatFormat:
    """The text before and after the user's message, and the token that ends the model's turn."""

    before: str
    after: str
    end_of_turn: str


def chatml(system: str) -> ChatFormat:
    """Return the format of the built-in models."""
    before = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n"
    return ChatFormat(before, "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")


def read_chat_format(folder: Path, system: str) -> ChatFormat:
    """Render the chat template of a model directory, which ends a turn with its `eos_token`."""
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    tokens = {name: _text(settings.get(name)) for name in ("bos_token", "eos_token")}
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": _MARK}]
    template = environment.from_string(_source(folder, settings))
    parts = template.render(messages=messages, add_generation_prompt=True, **tokens).split(_MARK)
    if len(parts) != 2:
        raise ValueError(f"{folder}: chat template: expected the user's message once, got it {len(parts) - 1} times")
    return ChatFormat(*parts, end_of_turn=tokens["eos_token"])


def _source(folder: Path, settings: dict) -> str:
    file = folder / "chat_template.jinja"
    source = file.read_text("utf-8") if file.exists() else settings.get("chat_template")
    if not source:
        raise ValueError(f"{folder}: expected a chat template in {file.name} or tokenizer_config.json, got none")
    return source


def _text(token: str | dict | None) -> str:
    # Older files describe a token by an object.
    return (token["content"] if isinstance(token, dict) else token) or ""
