"""A wrapped statement stands one step further in, by the step that the code itself takes."""

import random

from training.languages import language_of
from training.tasks import Excerpt
from training.wrap_tasks import wrap

SOURCE = """\
/**
 * Ends the session.
 */
function close() {
    release(session);
}
"""


def test_the_lines_of_a_block_comment_do_not_tell_the_step():
    excerpt = Excerpt(SOURCE.splitlines(), language_of("close.js"), "close.js")
    task = wrap(excerpt, random.Random(1))
    assert task
    assert "\n        release(session);\n" in task.edited
