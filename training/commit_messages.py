"""What stands beside an update snippet: nothing, a request to merge it, or the words of a commit."""

import random

from training import phrases, syntax

_TYPES = ("fix", "fix", "feat", "refactor", "chore", "perf", "docs", "test", "style", "types")
_SUBJECTS = (
    "handle {a} in {b}", "use {a} instead of {b}", "update {a}", "clean up {a}", "improve {a}", "simplify {a}",
    "support {a}", "correct {a}", "make {a} stricter", "{a} when {b} is missing", "allow {a} without {b}",
    "tidy up {a} and {b}", "move {a} out of {b}", "rework {a}", "adjust {a} for {b}", "avoid {a} where possible",
    "typos", "better types", "remove dead code", "address review comments", "minor improvements",
)  # fmt: skip
_BODIES = (
    "", "", "", "\n\nThis also updates {b}.", "\n\n* {a}\n* {b}", "\n\nSee the discussion about {a}.", " (#{number})",
    "\n\nSome callers of {a} relied on the old behaviour.",
)  # fmt: skip
_CHAT = (
    "can you apply this?", "here's the new version, merge it in please", "I changed {a}, please put it into the file",
    "Please integrate this into the file, and keep the rest as it is.", "This is what {a} should look like now.",
    "merge pls", "Take over these changes.", "update {a} like this", "Use this for {a}. Leave everything else alone.",
)  # fmt: skip
NONE_SHARE, PLAIN_SHARE, COMMIT_SHARE = 0.35, 0.3, 0.25


def for_merge(random_source: random.Random, kind: str, name: str, update: list[str]) -> str:
    """Return the instruction beside a snippet. It only names what the snippet shows."""
    chance = random_source.random()
    if chance < NONE_SHARE:
        return ""
    if chance < NONE_SHARE + PLAIN_SHARE:
        return phrases.for_merge(random_source, kind, name)
    names = syntax.names_in("\n".join(update)) or ["it"]
    parts = {
        "a": random_source.choice(names),
        "b": random_source.choice(names),
        "number": str(random_source.randint(1, 9999)),
    }
    if chance < NONE_SHARE + PLAIN_SHARE + COMMIT_SHARE:
        return commit_message(random_source, parts)
    return random_source.choice(_CHAT).format(**parts)


def commit_message(random_source: random.Random, parts: dict[str, str]) -> str:
    """Return a message about the names `a` and `b`, with or without a type and a scope."""
    subject = random_source.choice(_SUBJECTS).format(**parts)
    form = random_source.choice(("{type}: {subject}", "{type}({a}): {subject}", "{subject}", "{Subject}", "{Subject}."))
    headed = form.format(type=random_source.choice(_TYPES), subject=subject, Subject=subject.capitalize(), **parts)
    return headed + random_source.choice(_BODIES).format(**parts)
