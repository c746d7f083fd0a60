"""What a token costs: a table of the user's own. None is shipped, since prices change and differ by contract."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import attrs

from voice_actors.errors import ConfigError
from voice_actors.values import Value

MILLION: Final = 1_000_000
_DIRECTIONS: Final = ("input", "output")


def _amounts(_instance: object, attribute: attrs.Attribute[Mapping[str, float]], value: Mapping[str, float]) -> None:
    if not value:
        raise ConfigError(f"prices of {attribute.name} name no modality; give TEXT, AUDIO, …")
    for modality, price in value.items():
        if isinstance(price, bool) or not isinstance(cast("object", price), int | float) or not 0 <= price < math.inf:
            raise ConfigError(f"the price of {attribute.name} {modality} is {price!r}; it is a number from 0 on")


def _upper(prices: Mapping[str, float]) -> dict[str, float]:
    return {modality.upper(): price for modality, price in prices.items()}


@attrs.frozen(eq=False, repr=False)
class ModelPrices(Value):
    """What a million tokens of one model cost, by modality (TEXT, AUDIO, IMAGE, VIDEO, DOCUMENT, in either case)."""

    input: Mapping[str, float] = attrs.field(converter=_upper, validator=_amounts)
    output: Mapping[str, float] = attrs.field(converter=_upper, validator=_amounts)

    def cost(self, input: Mapping[str, int], output: Mapping[str, int]) -> float:  # noqa: A002 - as in `TurnUsage`
        """Of so many tokens of each modality, in the table's currency.

        Thoughts cost what text does. What the table does not name costs as much as the dearest that it does.
        """
        return _sum(self.input, input) + _sum(self.output, output)


def _sum(prices: Mapping[str, float], counts: Mapping[str, int]) -> float:
    return sum(count * _price(prices, modality) for modality, count in counts.items()) / MILLION


def _price(prices: Mapping[str, float], modality: str) -> float:
    found = prices.get("TEXT" if modality == "THOUGHT" else modality)
    return max(prices.values()) if found is None else found


@attrs.frozen(eq=False, repr=False)
class Prices(Value):
    """Prices of models, by their names.

        currency = "USD"
        source = "where the figures are from, and of which day"

        ["gemini-3.8-live".input]  # of a million tokens
        text = 1.0
        audio = 2.0
        ["gemini-3.8-live".output]
        text = 3.0
        audio = 4.0

    The figures above are invented. JSON of the same shape will do.
    """

    models: Mapping[str, ModelPrices]
    currency: str = "USD"
    source: str = ""
    """Where they are from, for people."""

    def of(self, model: str) -> ModelPrices:
        """The prices of this model, by its full or its short name.

        Raises:
            ConfigError: the table does not have it.
        """
        found = self.models.get(model) or self.models.get(model.rpartition("/")[2])
        if found is None:
            known = ", ".join(sorted(self.models)) or "none"
            raise ConfigError(f"the price table has no model {model}; it has {known}")
        return found

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Prices:
        """Read a table from a TOML file, or a JSON file (`.json`).

        Raises:
            ConfigError: it cannot be read, or is not such a table.
        """
        where = Path(path)
        try:
            text = where.read_text(encoding="utf-8")
            body: Any = json.loads(text) if where.suffix.lower() == ".json" else _toml(text)
        except OSError as error:
            raise ConfigError(f"cannot read the prices {where}: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"the prices {where} cannot be understood: {error}") from error
        try:
            return _table(body)
        except ConfigError as error:
            raise ConfigError(f"the prices {where}: {error}") from error


def _toml(text: str) -> dict[str, Any]:
    import tomllib  # here: it takes longer to load than all of our own settings, and few calls have prices

    return tomllib.loads(text)


def _table(body: Any) -> Prices:
    tables: dict[str, Any] = dict(_object(body, "the file"))
    currency, source = (tables.pop(name, default) for name, default in (("currency", "USD"), ("source", "")))
    if not isinstance(currency, str) or not isinstance(source, str):
        raise ConfigError("currency and source are texts")
    return Prices({model: _model(model, table) for model, table in tables.items()}, currency, source)


def _model(model: str, table: Any) -> ModelPrices:
    found = _object(table, model)
    if set(found) != set(_DIRECTIONS):
        raise ConfigError(f"{model} has input and output, and nothing else; it has {', '.join(found) or 'neither'}")
    made = (_object(found[direction], f"{model}.{direction}") for direction in _DIRECTIONS)
    return ModelPrices(*made)


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} is no table")
    return cast("Mapping[str, Any]", value)
