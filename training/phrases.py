"""The wording of instructions: many ways to say the same thing."""

import random

_VERBS = frozenset(
    "Rename Change Use Remove Delete Drop Add Put Document Give Set Make Decorate Turn Wrap Insert Begin Replace "
    "Sort".split()
)
_OPENINGS = (
    "", "", "Please ", "please ", "Can you ", "Could you ", "can you please ", "Could you please ", "I want you to ",
    "Hi! Please ", "We need to ", "let's ", "Go ahead and ",
)  # fmt: skip
_CLOSINGS = (
    "", "", "", " Thanks!", " Keep everything else as it is.", " Don't change anything else.", " Nothing else.",
    " Leave the rest untouched.",
)  # fmt: skip

_MERGE = [
    "Apply the update.", "Merge the update into the file.", "Apply this change.",
    "Apply the edit.", "Make the change shown in the update.", "Merge these changes.",
    "Update the file accordingly.", "apply the update", "Please merge this snippet.",
]  # fmt: skip
_MERGE_KIND = {
    "merge-insert": ["Insert the new lines.", "Add the missing lines.", "Add this code."],
    "merge-replace": ["Change the lines as shown.", "Replace the old lines."],
    "merge-delete": [
        "Remove the lines that are missing in the update.", "Delete the lines between.",
        "Drop the code that the update leaves out.",
    ],
    "merge-several": ["Apply all the changes.", "Apply these edits."],
    "merge-many": ["Apply all the changes.", "Make all of these changes."],
    "merge-release": ["Apply all the changes.", "Apply this commit.", "Apply these edits."],
    "merge-function": ["Replace `{name}` with this version.", "Rewrite `{name}` as shown.",
                       "Update the function {name}."],
    "merge-import": ["Add the import and use it.", "Import it and use it."],
    "merge-bare": ["Change this line.", "Set it to this value."],
}  # fmt: skip

RENAME = [
    "Rename `{old}` to `{new}`.", "Rename {old} to {new}.", "rename {old} to {new}",
    "Rename the identifier `{old}` to `{new}` everywhere.", "Please rename `{old}` to `{new}`.",
    "Change the name of `{old}` to `{new}`.", "`{old}` should be called `{new}`.",
    "Use the name `{new}` instead of `{old}`.", "Rename all uses of {old} to {new}.",
    "refactor: rename {old} to {new}", "chore: {old} -> {new}", "{old} is a bad name, call it {new}",
]  # fmt: skip
DELETE_LINE = [
    "Remove the line `{line}`.", "Delete the line `{line}`.", "Delete `{line}`.",
    "Remove `{line}`.", "Please drop the line `{line}`.", "remove the line {line}",
]  # fmt: skip
DELETE_BLOCK = [
    "Remove the function `{name}`.", "Delete `{name}`.", "Delete the function {name}.",
    "Remove {name}, it is not used any more.", "Drop the `{name}` function.",
    "chore: remove unused {name}", "refactor: drop {name}", "{name} is dead code, take it out",
]  # fmt: skip
COMMENT = [
    'Add the comment "{text}" above `{line}`.', 'Add a comment "{text}" above the line `{line}`.',
    'Put the comment "{text}" before `{line}`.', "Above `{line}`, add the comment `{text}`.",
    'Please add a comment saying "{text}" before the line `{line}`.',
]  # fmt: skip
COMMENT_FUNCTION = [
    'Add the comment "{text}" above `{name}`.', 'Add a comment "{text}" above the function {name}.',
    'Document the function `{name}` with the comment "{text}".', 'docs({name}): comment "{text}"',
]  # fmt: skip
DOCSTRING = [
    'Add the docstring "{text}" to `{name}`.', 'Give {name} the docstring "{text}".',
    'Document `{name}` with the docstring "{text}".', 'Add a docstring to {name}: "{text}"',
]  # fmt: skip
LITERAL = [
    "Set {name} to {value}.", "Change the value of `{name}` to `{value}`.", "Set `{name}` to `{value}`.",
    "Change {name} from {old} to {value}.", "Set {name} to {value} instead of {old}.",
    "Make `{name}` {value}.", "{name} should be {value}", "chore: set {name} to {value}",
    "fix: change {name} from {old} to {value}",
]  # fmt: skip
PARAMETER = [
    "Add a parameter `{new}` to `{name}`.", "Add the parameter {new} to {name}.",
    "Give `{name}` another parameter `{new}`.", "`{name}` should take a last parameter `{new}`.",
    "feat: add the parameter {new} to {name}",
]  # fmt: skip
PASS_ON = [
    "Add a parameter `{new}` to `{name}` and pass it on to `{callee}`.",
    "Give {name} a last parameter `{new}` and hand it to {callee} as the last argument.",
    "Add the parameter {new} to {name}, and pass it to `{callee}`.",
]
DECORATOR = ["Decorate `{name}` with `{new}`.", "Add the decorator `{new}` to {name}."]
ASYNC = [
    "Make `{name}` async.",
    "Make the function {name} async.",
    "Turn {name} into an async function.",
    "refactor: make {name} async",
]
WRAP = [
    "Wrap the line `{line}` in a try block; on an error run `{handler}`.",
    "Put `{line}` in a try/{catch} that runs `{handler}`.",
    "Wrap `{line}` in try/{catch} and call `{handler}` when it fails.",
]
WRAP_IF = [
    "Wrap the line `{line}` in `{head}`.", "Only run `{line}` inside `{head}`.",
    "Put `{line}` under `{head}`.",
]  # fmt: skip
ADD_FUNCTION_AFTER = [
    "Add this function after `{name}`:\n\n{code}", "After {name}, add:\n\n{code}",
    "Insert the following after the function `{name}`:\n\n{code}",
]  # fmt: skip
ADD_FUNCTION_LAST = [
    "Add this at the end of the file:\n\n{code}", "Append this function:\n\n{code}",
    "Append the following to the file:\n\n{code}",
]  # fmt: skip
ADD_AFTER = [
    "After the line `{line}` add `{new}`.", "Add `{new}` after `{line}`.",
    "Insert `{new}` below the line `{line}`.", "Add the line `{new}` right after `{line}`.",
]  # fmt: skip
ADD_BEFORE = [
    "Before the line `{line}` add `{new}`.", "Add `{new}` before `{line}`.",
    "Insert `{new}` above the line `{line}`.",
]  # fmt: skip
ADD_FIRST = [
    "At the start of `{name}`, add `{new}`.", "Add `{new}` as the first line of {name}.",
    "Begin the body of `{name}` with `{new}`.",
]  # fmt: skip
REPLACE = [
    "Replace the line `{line}` with `{new}`.", "Replace `{line}` with `{new}`.",
    "Change `{line}` to `{new}`.", "Change the line `{line}` to `{new}`.",
    "Turn `{line}` into `{new}`.",
]  # fmt: skip
ANY_COMMENT = [
    "Add a single comment.", "Please add a single comment", "Please add a single comment.", "Add one comment.",
    "Add a comment.", "Add a helpful comment to this code.", "add a comment", "Add a short comment somewhere useful.",
    "Add exactly one comment and change nothing else.", "Could you add one comment?", "docs: add a comment",
    "Put one explanatory comment into the code.", "Can you add a comment to this file?",
]  # fmt: skip
ANY_COMMENT_FUNCTION = [
    "Add a comment above `{name}`.", "Add a comment that explains {name}.", "Please comment {name}.",
    "docs: explain {name} in a comment", "Add a short comment to the function {name}.",
]  # fmt: skip
ANY_DOCSTRING = [
    "Add a docstring to `{name}`.", "Document {name}.", "docs: add a docstring to {name}",
    "Write a docstring for {name}.", "Please give {name} a one-line docstring.", "Can you add a docstring to {name}?",
]  # fmt: skip
UNCOMMENT = [
    "Remove all comments that stand on a line of their own.", "Delete every comment line.", "Remove the comment lines.",
    "Strip all lines that are only a comment.", "chore: remove comment lines",
]  # fmt: skip
SORT = [
    "style: sort imports",
    "Sort the imports.",
    "Sort the imports alphabetically.",
    "Put the imports in alphabetical order.",
]
NOTHING = [
    "Change nothing.", "Do not change anything.", "Return the file as it is.",
    "Leave the file unchanged.", "No changes.", "Keep everything as it is.",
    "Output the file without any change.", "Don't change the code.", "Nothing to change here.",
]  # fmt: skip


def say(random_source: random.Random, wordings: list[str], **parts: str) -> str:
    """Fill one of the wordings."""
    return random_source.choice(wordings).format(**parts)


def for_merge(random_source: random.Random, kind: str, name: str) -> str:
    """Return a request to merge a snippet: mostly general, at times precise."""
    wordings = _MERGE if random_source.random() < 0.65 else _MERGE_KIND[kind]
    return say(random_source, wordings, name=name)


def as_chat(random_source: random.Random, sentence: str) -> str:
    """Say an imperative sentence of one line as people do in a chat; others stay as they are."""
    verb, _, rest = sentence.partition(" ")
    if verb not in _VERBS or "\n" in sentence:
        return sentence
    opening, closing = random_source.choice(_OPENINGS), random_source.choice(_CLOSINGS)
    ending = "?" if opening.lower().startswith(("can", "could")) else random_source.choice([".", ""])
    said = f"{opening}{verb.lower()} {rest.removesuffix('.')}{ending}" if opening else sentence
    return said + (closing if said.endswith((".", "?")) else "")
