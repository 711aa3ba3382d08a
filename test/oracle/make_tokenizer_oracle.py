"""Makes test/fixtures/tokenizer-oracle.json: ids by the Python library that the service must reproduce.

Encodes the texts of texts.json beside it, a chat, and whole prompts as the training code builds them.

    python test/oracle/make_tokenizer_oracle.py smollm2=DIR gpt2=DIR llama-3=DIR ...

Run from the root of the repository with `tokenizers` and `jinja2` installed. Each DIR holds tokenizer.json and
tokenizer_config.json; the vocabularies stay out of the repository, their digests are recorded.
"""

import hashlib
import json
import sys
import unicodedata
from pathlib import Path

import jinja2
import tokenizers
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT.parent))

from training.prompt import build_prompt  # noqa: E402

TEXTS = Path(__file__).with_name("texts.json")
FIXTURE = ROOT / "fixtures" / "tokenizer-oracle.json"
MESSAGES = [
    {"role": "system", "content": "You edit code."},
    {"role": "user", "content": "File:\n\n```\nx\n```"},
]
PROMPTS = [
    {
        "original": "def area(w, h):\n    return w * h\n",
        "instruction": "Rename `area` to `surface`.",
        "language": "python",
        "path": "shapes.py",
    },
    {
        "original": "export const limit = 10;\r\n\r\nconsole.log(limit);\r\n",
        "instruction": "",
        "update": "// ... existing code ...\r\nconsole.warn(limit);\r\n",
        "language": "typescript",
    },
    {
        "original": "Use ```` and <|im_end|> with care.",
        "instruction": "Say it without `<|im_end|>`.",
    },
]


def main() -> None:
    texts = json.loads(TEXTS.read_text("utf-8"))
    named = [argument.split("=", 1) for argument in sys.argv[1:]]
    fixture = {
        "library": f"tokenizers {tokenizers.__version__}",
        "jinja2": jinja2.__version__,
        "messages": MESSAGES,
        "tokenizers": {name: oracle(name, Path(directory), texts) for name, directory in named},
    }
    FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")) + "\n", "utf-8")


def oracle(name: str, directory: Path, texts: list[str]) -> dict:
    raw = (directory / "tokenizer.json").read_bytes()
    definition = json.loads(raw)
    config = json.loads((directory / "tokenizer_config.json").read_text("utf-8"))
    tokenizer = tokenizers.Tokenizer.from_str(raw.decode("utf-8"))
    return {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "ids": [encode(tokenizer, text) for text in texts],
        "divergences": {index: reason for index, text in enumerate(texts) if (reason := divergence(definition, text))},
        "chat": chat(directory, config, tokenizer),
        "prompts": prompts(tokenizer) if name == "smollm2" else [],
    }


def encode(tokenizer: tokenizers.Tokenizer, text: str) -> list[int]:
    tokenizer.encode_special_tokens = True
    return tokenizer.encode(text, add_special_tokens=False).ids


def divergence(definition: dict, text: str) -> str | None:
    """Say why the service must not do as the library does: it would lose text or let a user forge markup."""
    if definition["normalizer"] == {"type": "NFC"} and not unicodedata.is_normalized("NFC", text):
        return "the library normalizes to NFC"
    if any(token["content"] in text for token in definition["added_tokens"] if is_markup(token)):
        return "the library turns added tokens that are not marked special into markup"
    alphabet = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    symbols = alphabet.pre_tokenize_str(text)
    if any(symbol not in definition["model"]["vocab"] for piece, _ in symbols for symbol in piece):
        return "the library drops characters whose bytes have no token"
    return None


def is_markup(token: dict) -> bool:
    content = token["content"]
    return not token["special"] and len(content) > 1 and not content.isspace()


def chat(directory: Path, config: dict, tokenizer: tokenizers.Tokenizer) -> dict | None:
    """Return a rendered chat and its ids with special tokens parsed; None without a chat template."""
    file = directory / "chat_template.jinja"
    source = file.read_text("utf-8") if file.exists() else config.get("chat_template")
    if source is None:
        return None
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    text = environment.from_string(source).render(
        messages=MESSAGES,
        add_generation_prompt=True,
        bos_token=content_of(config.get("bos_token")),
        eos_token=content_of(config.get("eos_token")),
    )
    tokenizer.encode_special_tokens = False
    return {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids}


def content_of(token: str | dict | None) -> str:
    return token["content"] if isinstance(token, dict) else token or ""


def prompts(tokenizer: tokenizers.Tokenizer) -> list[dict]:
    """Return whole prompts as the training code builds them."""
    return [{"request": request, "ids": build_prompt(tokenizer, **request)} for request in PROMPTS]


if __name__ == "__main__":
    main()
