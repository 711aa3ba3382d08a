"""Comments and strings are told from code, and instructions are about code that has one meaning."""

import random

import pytest
from training import instruction_tasks, syntax
from training.code_text import blank_out, code_lines, is_code_alone
from training.languages import language_of
from training.tasks import Excerpt

PYTHON = '''\
"""Reads rows
of a table."""
import table  # the module of rows

limit: str = "rows"
rows = table.rows('a \\'row\\'')
'''


@pytest.mark.parametrize("line", PYTHON.splitlines())
def test_lines_and_columns_stay_where_they_are(line):
    assert len(blank_out(line, language_of("a.py"))) == len(line)
    assert blank_out(PYTHON, language_of("a.py")).count("\n") == PYTHON.count("\n")


def test_comments_and_strings_are_no_code():
    assert code_lines(PYTHON.splitlines(), language_of("a.py")) == [2, 4, 5]
    assert is_code_alone("limit", PYTHON, language_of("a.py"))
    assert not is_code_alone("rows", PYTHON, language_of("a.py"))


def test_a_lifetime_of_rust_opens_no_string():
    text = "fn first<'a>(name: &'a str) -> char { 'x' }"
    assert is_code_alone("name", text, language_of("a.rs"))
    assert blank_out(text, language_of("a.rs")).count("x") == 0


def test_a_megabyte_of_quotes_is_read_in_linear_time():
    for letter in ("'", '"', "`", "/*", "#", "\\"):
        assert len(blank_out(letter * 1_000_000, language_of("a.py"))) == len(letter) * 1_000_000


def test_a_call_with_a_function_as_its_last_argument_is_no_definition():
    lines = ["test('reads', async (t) => {", "  t.pass();", "});", "function read(path) {", "  return load(path);", "}"]
    assert [block.name for block in syntax.functions(lines, language_of("a.js"))] == ["read"]


def test_a_function_with_overloads_has_no_name_of_its_own():
    lines = [
        "@overload",
        "def load(path: str) -> str: ...",
        "",
        "def load(path):",
        "    text = read(path)",
        "    return text",
    ]
    assert syntax.functions(lines, language_of("a.py")) == []


def test_a_type_is_not_given_a_value():
    excerpt = Excerpt(['limit: str = "rows"', "size = 3"], language_of("a.py"), "a.py")
    task = instruction_tasks.literal(excerpt, random.Random(1))
    assert task.original.splitlines()[0] == task.edited.splitlines()[0]


def test_what_is_set_twice_is_not_asked_to_be_changed():
    excerpt = Excerpt(["size = 3", "size = load()"], language_of("a.py"), "a.py")
    assert instruction_tasks.literal(excerpt, random.Random(1)) is None


def test_a_line_whose_going_leaves_blank_lines_at_an_end_stays():
    lines = ["import wsproto", "", "from models import Response"]
    assert not syntax.leaves_tidy(lines, 2, 3)
    assert syntax.leaves_tidy(lines, 0, 1) is False
    assert syntax.leaves_tidy(["a", "b", "", "c"], 1, 2)
