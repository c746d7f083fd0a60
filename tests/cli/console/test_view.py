"""How a console looks at any size, in any alphabet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from voice_actors import messages as m
from voice_actors.cli.console.drawer import styled
from voice_actors.cli.console.editor import Editor
from voice_actors.cli.console.entries import Said
from voice_actors.cli.console.glyphs import ASCII, UNICODE, glyphs_for
from voice_actors.cli.console.state import State
from voice_actors.cli.console.view import entry_text, picture_of


def busy(text: str) -> State:
    """A state in which much happens, all of it in these words."""
    state = State(lambda: 2.0, text, push_to_talk=True)
    for event in (
        m.Disconnected(code=1, reason=text, retry_in=1, at=1),
        m.DeviceLost(device=text, reason=text, at=1),
        m.UserSaid(text=text, at=1),
        m.TextSent(text=text, at=1),
        m.ToolCalled(id="1", name=text, args={text: text}, at=1),
        m.ToolAnswered(id="1", name=text, response={"output": text}, outcome="error", took_ms=3, at=1),
        m.AudioHeard(turn=1, pcm=b"", at=2),
        m.AgentSaid(turn=1, text=text, at=1),
        m.TurnEnded(at=2, turn=1, heard_ms=1, dropped_ms=1, interrupted=True, heard_text=text, unheard_text=text),
    ):
        state.feed(event)
    return state


@given(st.text(max_size=60), st.integers(1, 130), st.integers(1, 50), st.booleans())
def test_every_row_fits_and_none_steers_the_terminal(text, width, height, unicode):
    """As many rows as the screen has, none wider, whatever was said; and the cursor is on it."""
    editor = Editor(text="".join(filter(str.isprintable, text)))
    editor.cursor = len(editor.text)
    picture = picture_of(busy(text), editor, width, height, UNICODE if unicode else ASCII)
    assert height == len(picture.rows)
    assert all(cell_len(row.plain) <= width for row in picture.rows)
    assert all(row.plain.isprintable() for row in picture.rows)
    assert 0 <= picture.cursor < max(width, 1)


def test_without_utf_8_it_is_drawn_in_ascii_and_struck_words_have_tildes():
    """A terminal that cannot write a block cannot be trusted to strike, either."""
    state = busy("words")
    rows = picture_of(state, Editor(), 80, 24, ASCII).rows
    assert all(row.plain.isascii() for row in rows)
    assert "agent: words ~words~ [cut]" in [row.plain for row in rows]
    assert (ASCII, ASCII, ASCII, UNICODE) == tuple(map(glyphs_for, (None, "latin-1", "nonsense", "utf-8")))


def test_no_colour_keeps_what_is_struck():
    """Only colours go."""
    line = entry_text(Said("agent", "heard", unheard="lost", cut=True), 0, UNICODE)
    assert ";32m" in styled(line, colours=True)
    plain = styled(line, colours=False)
    assert ";3" not in plain
    assert ";9m" in plain


@pytest.mark.parametrize(
    ("known", "keys"),
    [
        ({}, "Esc interrupt  Tab mute  ^D quit  /help"),
        ({"microphone": False}, "Esc interrupt  ^D quit  /help"),
        ({"push_to_talk": True, "muted": True}, "^P talk  Esc interrupt  Tab unmute  ^D quit  /help"),
        ({"push_to_talk": True, "pressed": True}, "^P stop  Esc interrupt  Tab mute  ^D quit  /help"),
    ],
)
def test_only_keys_that_do_something_are_named(known, keys):
    """What they would do now."""
    assert keys == picture_of(State(lambda: 0.0, "m", **known), Editor(), 80, 24, UNICODE).rows[-2].plain


def test_the_end_of_a_long_line_is_seen_while_it_is_typed():
    """And its beginning, when the cursor is there."""
    editor = Editor(text="x" * 100 + "end", cursor=103)
    state = State(lambda: 0.0, "m")
    picture = picture_of(state, editor, 40, 24, UNICODE)
    assert picture.rows[-1].plain.endswith("end")
    editor.cursor = 0
    assert (2, "> xxx") == ((p := picture_of(state, editor, 40, 24, UNICODE)).cursor, p.rows[-1].plain[:5])
