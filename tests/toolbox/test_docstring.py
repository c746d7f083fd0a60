"""What a docstring says for the model."""

from __future__ import annotations

import pytest

from voice_actors.toolbox.docstring import read_docstring

GOOGLE = """Say the weather
    in a city.

    More that the model need not read.

    Args:
        city: where it is
        unit (str, optional): C or F,
            as one likes
        *rest: ignored: mostly
        at (Callable[[int], str]): a function

    Returns:
        words: not a parameter
"""
NUMPY = """Say the weather in a city.

    Parameters
    ----------
    city : str
        where it is
    unit : {'C', 'F'}, optional
        C or F,
        as one likes
    x, y : float
        a point

    Returns
    -------
    str
        words
"""
REST = """Say the weather in a city.

    :param city: where it is
    :param str unit: C or F,
        as one likes
    :type unit: str
    :returns: words
"""


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (
            GOOGLE,
            {"city": "where it is", "unit": "C or F, as one likes", "rest": "ignored: mostly", "at": "a function"},
        ),
        (NUMPY, {"city": "where it is", "unit": "C or F, as one likes", "x": "a point", "y": "a point"}),
        (REST, {"city": "where it is", "unit": "C or F, as one likes"}),
    ],
    ids=["google", "numpy", "rest"],
)
def test_each_way_of_writing_is_read(text, parameters):
    """Google, NumPy and reST docstrings give the description and a line for each parameter."""
    documentation = read_docstring(text)
    assert "Say the weather in a city." == documentation.description
    assert parameters == documentation.parameters


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (None, ""),
        ("", ""),
        ("   \n  ", ""),
        ("One line.", "One line."),
        ("\n    Args:\n        city: x", ""),
        ("Weather.\nArgs:\n    city: x", "Weather."),
        ("Weather.\n:param city: x", "Weather."),
        ("Weather.\nParameters\n----------\ncity : str\n    x", "Weather."),
        ("Notes: about weather\nand wind.", "Notes: about weather and wind."),
        ("Arguments of two\npeople.", "Arguments of two people."),
        ("Parameters\nof weather.", "Parameters of weather."),
    ],
)
def test_the_description_is_the_first_paragraph(text, description):
    """It ends at the first empty line, or where the parameters begin."""
    assert description == read_docstring(text).description


def test_nothing_in_a_docstring_is_an_error():
    """Text that only looks like parameters gives none."""
    strange = "Weather.\n\nArgs:\n\n    : no name\n    city\n  : x\nParameters\n---\n:param: x\n:param\nArgs:"
    assert {} == read_docstring(strange).parameters
