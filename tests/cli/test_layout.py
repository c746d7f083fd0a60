"""Where labels stand in the picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.cli.layout import LEFT, RIGHT, Plan, Shelf, squeezed, width_of, wrapped
from voice_actors.cli.scene import Cut, Scene, Speech, ToolUse

WORDS = st.text(st.sampled_from("abcdefg hijklmnopé  W"), min_size=1, max_size=200)


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def boxes(shelf):
    return [(o.left, shelf.top_of(o), o.left + o.width, shelf.bottom_of(o)) for o in shelf.labels]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1_000), WORDS, st.floats(60, 400)), max_size=15))
def test_no_label_covers_another_or_leaves_the_picture(items):
    """Whatever is said whenever."""
    shelf = Shelf(1_000)
    for x, text, width in sorted(items, key=lambda item: item[0]):
        shelf.put(LEFT + x, text, width=width, ink="#000000", tint="#ffffff")
    found = boxes(shelf)
    assert not [pair for pair in itertools.combinations(found, 2) if overlap(*pair)]
    assert all(left >= LEFT and right <= 1_000.5 and bottom <= shelf.height + 1 for left, _, right, bottom in found)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.floats(40, 300))
def test_wrapped_lines_fit(text, width):
    """A line is never wider than its label, and nothing but the end of a long text is lost."""
    lines = wrapped(text, width, 13)
    assert all(width_of(line, 13) <= width for line in lines)
    assert len(lines) <= 10


def test_what_does_not_fit_ends_in_an_ellipsis():
    """One sees that there was more."""
    assert "short" == squeezed("short", 400, 13)
    assert squeezed("a line that is much too long", 60, 13).endswith("…")
    assert wrapped("word " * 200, 100, 13)[-1].endswith("…")
    assert 10 == len(wrapped("word " * 200, 100, 13))


@pytest.mark.parametrize("seconds", [0.5, 30, 900])
def test_a_plan_stacks_its_bands_and_holds_any_length(seconds):
    """From top to bottom without overlap; a long call is drawn smaller, not wider."""
    silence = np.zeros(int(seconds * 24_000), np.int16)
    speeches = [
        Speech("user", 0.1, 0.4, "hello"),
        Speech("agent", 0.4, seconds, "well " * 50),
        Speech("user", 0.5, 0.5, "t", typed=True),
    ]
    cuts = [Cut(seconds * 0.9, "program", 300, 60_000, "rest " * 40), Cut(seconds, "user", 0, 0, "")]
    tools = [ToolUse(0.2, 0.3, "f(" + "x" * 200 + ")", "answer", fine=True)]
    plan = Plan(Scene(24_000, silence, silence, speeches, cuts, tools))
    bands = [
        plan.user_words_top,
        plan.user_wave_top,
        plan.between_top,
        plan.agent_wave_top,
        plan.agent_words_top,
        plan.unheard_top,
        plan.axis_top,
        plan.height,
    ]
    assert sorted(bands) == bands
    assert plan.width <= 4_100
    for shelf in (plan.user_words, plan.between, plan.agent_words, plan.unheard):
        assert all(right <= plan.width - RIGHT + 0.5 for _, _, right, _ in boxes(shelf))
