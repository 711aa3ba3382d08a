"""The prompt and the answer of an edit, as token ids.

The wording is read from `src/edit/prompt-form.json`, the definition that the service reads too.
Files are text, never markup: a literal `<|im_end|>` in a file must not become the token that
ends the turn, so the user's part is encoded apart, with the parsing of special tokens off.
"""

import json
import re
from pathlib import Path

from tokenizers import Tokenizer

from training.chat_format import ChatFormat, chatml

FORM = json.loads((Path(__file__).resolve().parent.parent / "src" / "edit" / "prompt-form.json").read_text("utf-8"))
# The format of the built-in models; of any other, `read_chat_format` tells it.
CHATML = chatml(FORM["system"])
SHORTEST_FENCE = 3
# What the service's language trims; Python's own `strip` takes a few characters more and less.
WHITE_SPACE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def build_prompt(
    tokenizer: Tokenizer,
    original: str,
    instruction: str,
    update: str | None = None,
    language: str = "",
    path: str = "",
    chat: ChatFormat = CHATML,
    suggestion: str | None = None,
) -> list[int]:
    """Return the ids up to and including the opened fence of the answer."""
    fence = choose_fence(original, update, instruction, path)
    content = build_content(original, instruction, update, language, path, suggestion)
    answer = FORM["answer"].format(fence=fence, language=language)
    return [
        *_encode(tokenizer, chat.before, parse_special=True),
        *_encode(tokenizer, content, parse_special=False),
        *_encode(tokenizer, chat.after + answer, parse_special=True),
    ]


def build_target(tokenizer: Tokenizer, edited: str, fence: str, chat: ChatFormat = CHATML) -> list[int]:
    """Return the ids that the model must write: the file, the closing fence, the end of turn."""
    text = strip_final_line_ending(edited) + FORM["answerEnd"].format(fence=fence)
    ids = _encode(tokenizer, text, parse_special=False)
    return [*ids, tokenizer.token_to_id(chat.end_of_turn)]


def build_content(
    original: str, instruction: str, update: str | None, language: str, path: str, suggestion: str | None = None
) -> str:
    """Return the user's message: file, update if there is one, instruction, suggested answer if there is one."""
    fence = choose_fence(original, update, instruction, path)
    named = f" `{path}`" if path else ""
    text = strip_final_line_ending(original)
    content = FORM["file"].format(path=named, fence=fence, language=language, text=text)
    if update:
        text = strip_final_line_ending(update)
        content += FORM["update"].format(fence=fence, language=language, text=text)
    text = instruction.strip(WHITE_SPACE) or FORM["defaultInstruction"]
    content += FORM["instruction"].format(text=text)
    if suggestion is not None:
        text = strip_final_line_ending(suggestion)
        content += FORM["suggestion"].format(fence=fence, language=language, text=text)
    return content


def choose_fence(original: str, update: str | None, instruction: str, path: str = "") -> str:
    """Return backticks, one more than the longest run in any of the texts."""
    runs = re.findall("`+", "\n".join((original, update or "", instruction, path)))
    longest = max(map(len, runs), default=0)
    return "`" * max(SHORTEST_FENCE, longest + 1)


def strip_final_line_ending(text: str) -> str:
    """Remove one line ending from the end; the service puts it back after the edit.

    Every carriage return before it goes too: the fence's line break would swallow the last.
    """
    return re.sub(r"\r*\n?\Z", "", text, count=1)


def _encode(tokenizer: Tokenizer, text: str, *, parse_special: bool) -> list[int]:
    tokenizer.encode_special_tokens = not parse_special
    return tokenizer.encode(text, add_special_tokens=False).ids
