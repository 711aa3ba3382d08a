"""A model's tokenizer together with its chat format: all that turns a task into token ids."""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from training import prompt
from training.chat_format import ChatFormat, read_chat_format
from training.suggestions import suggest
from training.tasks import Task


@dataclass(frozen=True)
class EditTokenizer:
    """Both parts come from the model's directory, so that nothing here knows the model."""

    tokenizer: Tokenizer
    chat: ChatFormat

    @classmethod
    def load(cls, folder: Path) -> "EditTokenizer":
        """Read `tokenizer.json`, which the conversion of a built-in model has put right, and the chat template."""
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        return cls(tokenizer, read_chat_format(folder, prompt.FORM["system"]))

    def prompt(self, task: Task) -> list[int]:
        """Return the ids up to and including the opened fence of the answer."""
        parts = (task.original, task.instruction, task.update, task.language, task.path)
        suggestion = suggest(task.original, task.update)
        return prompt.build_prompt(self.tokenizer, *parts, chat=self.chat, suggestion=suggestion)

    def target(self, text: str, fence: str) -> list[int]:
        """Return the ids of an answer."""
        return prompt.build_target(self.tokenizer, text, fence, self.chat)
