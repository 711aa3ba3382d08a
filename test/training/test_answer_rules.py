"""An open request is followed by any answer that keeps the code and adds a comment."""

import pytest
from training.answer_rules import adds_one_comment, is_same_code
from training.languages import language_of

PYTHON, SCRIPT = language_of("a.py"), language_of("a.js")
FUNCTION = "def load(path):\n    text = read(path, '# no comment')\n    return text\n"
CALL = "const url = 'http://host';\ncall(url);\n"


@pytest.mark.parametrize(
    "answer",
    [
        "# Loads a file.\n" + FUNCTION,
        FUNCTION.replace("    text", "    # Read it whole.\n    text"),
        FUNCTION.replace("return text", "return text  # as it is"),
        FUNCTION.replace("):\n", '):\n    """Load a file."""\n'),
    ],
)
def test_a_comment_in_any_place_of_python_is_right(answer):
    assert adds_one_comment(FUNCTION, answer, PYTHON)


@pytest.mark.parametrize(
    "answer", ["// Calls.\n" + CALL, CALL.replace("call(url);", "call(url); // now"), f"/**\n * Calls.\n */\n{CALL}"]
)
def test_a_comment_in_any_place_of_a_script_is_right(answer):
    assert adds_one_comment(CALL, answer, SCRIPT)


@pytest.mark.parametrize(
    "answer",
    [
        FUNCTION,
        "# Loads.\n" + FUNCTION.replace("return text", "return None"),
        "# Loads.\n" + FUNCTION.replace("# no comment", "# another"),
        "# Loads.\n" + FUNCTION.replace("    return text\n", "    # Back.\n    return text\n"),
        FUNCTION.replace("    return text\n", ""),
    ],
)
def test_an_answer_that_changes_code_or_adds_no_single_comment_is_wrong(answer):
    assert not adds_one_comment(FUNCTION, answer, PYTHON)


def test_code_that_does_not_parse_is_compared_by_its_lines():
    cut = "    return text\nelse:\n"
    assert adds_one_comment(cut, "    # Done.\n" + cut, PYTHON)
    assert not adds_one_comment(cut, "    # Done.\n" + cut.replace("text", "None"), PYTHON)


def test_an_address_in_a_text_is_no_comment():
    assert not is_same_code(CALL, CALL.replace("//host", "//other"), SCRIPT)
