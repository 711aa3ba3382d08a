"""Tasks about comments change comments alone; look-alike excerpts keep what they were made of."""

import random

import pytest
from training import open_tasks, phrases, syntax
from training.languages import language_of
from training.lookalikes import with_twins
from training.tasks import Excerpt

LINES = """\
const retries = 3;

// Reads a file again where it failed.
function read(path) {
  // eslint-disable-next-line
  const text = load(path);
  if (!text) {
    // An empty file is no document.
    return report(path);
  }
  return text;
}
""".splitlines()
SCRIPT = Excerpt(LINES, language_of("a.js"), "a.js")


def test_one_comment_is_all_that_an_open_request_adds():
    source = random.Random(1)
    added = set()
    for _ in range(40):
        task = open_tasks.any_comment(SCRIPT, source)
        before, after = task.original.splitlines(), task.edited.splitlines()
        (index,) = [i for i in range(len(after)) if after[:i] + after[i + 1 :] == before]
        added.add(after[index].strip())
    assert added == {"// Reads a file again where it failed.", "// An empty file is no document."}


def test_every_comment_line_goes_and_nothing_else():
    lines = [line for line in LINES if "eslint" not in line]
    task = open_tasks.uncomment(Excerpt(lines, SCRIPT.language, SCRIPT.path), random.Random(1))
    assert task.edited.splitlines() == [line for line in lines if "//" not in line]


def test_files_with_comments_for_programs_or_alone_between_blank_lines_are_passed_over():
    between = ["const retries = 3;", "", "// Why so many?", "", "const wait = 5;"]
    for lines in (LINES, between):
        assert open_tasks.uncomment(Excerpt(lines, SCRIPT.language, SCRIPT.path), random.Random(1)) is None


@pytest.mark.parametrize("mark", ["/* long", "`text"])
def test_files_in_which_a_line_only_looks_like_a_comment_are_passed_over(mark):
    excerpt = Excerpt([*LINES, f"const x = {mark};"], SCRIPT.language, SCRIPT.path)
    assert open_tasks.uncomment(excerpt, random.Random(1)) is None


def test_a_docstring_is_asked_for_by_the_function_that_had_it():
    lines = ["def load(path):", '    """Read a whole file."""', "    text = read(path)", "    return text"]
    task = open_tasks.any_docstring(Excerpt(lines, language_of("a.py"), "a.py"), random.Random(1))
    assert "load" in task.instruction
    assert task.original.splitlines() == [lines[0], *lines[2:]]
    assert task.edited.splitlines() == lines


def test_twins_leave_the_excerpt_in_place_and_names_unique():
    source = random.Random(5)
    grown = 0
    for _ in range(60):
        twin = with_twins(SCRIPT, source)
        rest = iter(twin.lines)
        assert all(line in rest for line in LINES)
        grown += len(twin.lines) > len(LINES)
        names = [block.name for block in syntax.functions(twin.lines, twin.language)]
        assert len(names) == len(set(names))
    assert grown > 30


def test_a_chat_keeps_what_an_instruction_quotes():
    source = random.Random(2)
    said = {phrases.as_chat(source, "Rename `old_name` to `newName`.") for _ in range(100)}
    assert len(said) > 20
    assert all("ename `old_name` to `newName`" in sentence for sentence in said)
    assert phrases.as_chat(source, "`a` should be `b`.") == "`a` should be `b`."
