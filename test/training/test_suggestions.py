"""The suggestions of training prompts are those of the service."""

from training.suggestions import suggest

ORIGINAL = "a = 1\nb = 2\nc = 3\nd = 4\n"


def test_the_suggestion_is_the_original_with_the_update_merged_in():
    assert suggest(ORIGINAL, "# ... existing code ...\nb = 2\nc = 'é'\nd = 4\n") == "a = 1\nb = 2\nc = 'é'\nd = 4"


def test_without_an_update_and_where_nothing_changes_there_is_none():
    assert suggest(ORIGINAL, None) is None
    assert suggest(ORIGINAL, "# ... existing code ...\nb = 2\n# ... existing code ...\n") is None
