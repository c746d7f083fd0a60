"""Price tables: read, asked, and refused where they cannot be right."""

from __future__ import annotations

import json

import pytest

from voice_actors.errors import ConfigError
from voice_actors.record.prices import ModelPrices, Prices

TABLE = """
currency = "EUR"
source = "invented"
["gemini-3.8-live".input]
text = 0.5
audio = 3
["gemini-3.8-live".output]
audio = 12.0
"""


def test_a_table_of_either_form(tmp_path):
    """TOML or JSON, and the model by any form of its name."""
    toml, other = tmp_path / "prices.toml", tmp_path / "prices.json"
    toml.write_text(TABLE)
    model = {"gemini-3.8-live": {"input": {"text": 0.5, "audio": 3}, "output": {"audio": 12.0}}}
    other.write_text(json.dumps({"currency": "EUR", "source": "invented", **model}))
    prices = Prices.load(toml)
    assert Prices.load(other) == prices
    assert ("EUR", "invented") == (prices.currency, prices.source)
    for name in (
        "gemini-3.8-live",
        "models/gemini-3.8-live",
        "projects/p/locations/l/publishers/google/models/gemini-3.8-live",
    ):
        assert {"TEXT": 0.5, "AUDIO": 3} == prices.of(name).input


def test_what_the_table_does_not_name_costs_as_the_dearest():
    """A budget must not be overrun by what nobody priced; thoughts cost what text does."""
    prices = ModelPrices(input={"TEXT": 1.0, "AUDIO": 4.0}, output={"TEXT": 2.0, "AUDIO": 8.0})
    assert pytest.approx(4.0) == prices.cost({"OTHER": 1_000_000}, {})
    assert pytest.approx(2.0) == prices.cost({}, {"THOUGHT": 1_000_000})
    assert pytest.approx(9.0) == prices.cost({"TEXT": 1_000_000}, {"VIDEO": 1_000_000})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("currency = 3", "currency and source are texts"),
        ("x = [", "cannot be understood"),
        ("m = 3", "m is no table"),
        ("[m.input]\ntext = 1", "m has input and output"),
        ("[m.input]\n[m.output]\ntext = 1", "name no modality"),
        ("[m.input]\ntext = -1\n[m.output]\ntext = 1", "input TEXT is -1"),
        ("[m.input]\ntext = 1\n[m.output]\ntext = true", "output TEXT is True"),
        ("[m.input]\ntext = inf\n[m.output]\ntext = 1", "input TEXT is inf"),
        ('[m.input]\ntext = "1"\n[m.output]\ntext = 1', "input TEXT is '1'"),
        ("[m]\ninput = 1\noutput = 2", "m.input is no table"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(text, told, tmp_path):
    """In one line that names the file and what is wrong in it."""
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        Prices.load(path)
    print(refused.value)
    assert told in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value).strip()


def test_a_file_that_is_not_there_and_a_model_that_is_not_in_it(tmp_path):
    """Both are said."""
    with pytest.raises(ConfigError, match="cannot read the prices"):
        Prices.load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="has no model m; it has none"):
        Prices({}).of("m")
