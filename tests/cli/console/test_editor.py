"""The line that is being typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.cli.console.editor import LONGEST, REMEMBERED, Editor
from voice_actors.cli.console.keys import Key

NAMED = ("backspace", "delete", "left", "right", "home", "end", "up", "down", "kill word", "kill line", "kill to end")


def typed(editor: Editor, *keys: str) -> str:
    """Press letters and <named> keys; what stands there, with the cursor as |."""
    for key in keys:
        editor.press(Key(key[1:-1]) if key.startswith("<") else Key("text", key))
    return editor.text[: editor.cursor] + "|" + editor.text[editor.cursor :]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("helo,<left>,l", "hell|o"),
        ("abc,<home>,<delete>", "|bc"),
        ("abc,<home>,x,<end>,y", "xabcy|"),
        ("abc,<left>,<backspace>", "a|c"),
        ("one two,<kill word>", "one |"),
        ("one two ,<kill word>,<kill word>,<kill word>", "|"),
        ("abc,<left>,<kill line>", "|c"),
        ("abc,<left>,<kill to end>", "ab|"),
        ("abc,<left>,<interrupt>", "|"),
        ("abc,<home>,<end of input>", "|bc"),
        ("a,<left>,<left>,<right>,<right>,<f1>", "a|"),
    ],
)
def test_a_line_is_edited(keys, line):
    """As in a shell."""
    presses = [key for word in keys.split(",") for key in ([word] if word.startswith("<") else word)]
    assert line == typed(Editor(), *presses)


def test_enter_hands_the_line_over_and_up_brings_it_back():
    """Without the spaces around it, and the same one only once."""
    editor = Editor()
    for line in ("first", "  second ", "second"):
        typed(editor, *line)
        assert line.strip() == editor.press(Key("enter"))
    assert "" == editor.press(Key("enter"))
    assert "second|" == typed(editor, "<up>")
    assert "first|" == typed(editor, "<up>", "<up>")
    assert "|" == typed(editor, "<down>", "<down>", "<down>")


def test_what_is_kept_is_bounded():
    """A line that never ends, and lines without end."""
    editor = Editor()
    typed(editor, *"x" * (LONGEST + 5))
    assert LONGEST == len(editor.press(Key("enter")) or "")
    for number in range(2 * REMEMBERED):
        typed(editor, *str(number))
        editor.press(Key("enter"))
    typed(editor, *["<up>"] * 3 * REMEMBERED)
    assert str(REMEMBERED) == editor.text


@given(st.lists(st.one_of(st.sampled_from(NAMED).map(lambda n: f"<{n}>"), st.sampled_from("ab ")), max_size=40))
def test_the_cursor_stays_in_the_line(keys):
    """Whatever is pressed."""
    editor = Editor()
    typed(editor, *keys)
    assert 0 <= editor.cursor <= len(editor.text)
