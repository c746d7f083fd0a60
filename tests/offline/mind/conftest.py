"""A mind whose clock stands still, and the functions that its user declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from voice_actors.offline.mind import BuiltinMind
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Entry, Say, UserTurn

NOW = datetime(2026, 7, 14, 14, 5, tzinfo=UTC)
"""A Tuesday."""


def text(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def function(name: str, description: str, properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": dict(properties), "required": list(required)}
    return {"name": name, "description": description, "parameters": parameters}


HOME = (
    function("get_weather", "Gets the current weather for a city.", {
        "city": text("The city"), "date": text(format="date"), "unit": text(enum=["celsius", "fahrenheit"])}, "city"),
    function("set_timer", "Sets a countdown timer.", {
        "seconds": {"type": "integer", "description": "Duration in seconds"}, "label": text()}, "seconds"),
    function("cancel_timer", "Cancels the running timer.", {}),
    function("set_light", "Turn the light in a room on or off.", {
        "room": text(enum=["kitchen", "living room", "bedroom"]), "on": {"type": "boolean"},
        "brightness": {"type": "integer", "description": "percent"}}, "room", "on"),
    function("create_event", "Adds an event to the calendar.", {
        "title": text("Title"), "start": text(format="date-time"),
        "attendees": {"type": "array", "items": {"type": "string"}}}, "title", "start"),
    function("list_events", "Lists the events on a day.", {"date": text(format="date")}, "date"),
    function("get_stock_price", "Returns the current price of a stock.", {"symbol": text("Ticker symbol or company name")}, "symbol"),
    function("convert_units", "Convert a value from one unit to another.", {
        "value": {"type": "number"}, "from_unit": text("e.g. miles"), "to_unit": text("e.g. km")}, "value", "from_unit", "to_unit"),
    function("send_message", "Send a text message to a contact.", {"recipient": text("who"), "message": text("the text")}, "recipient", "message"),
    function("search_web", "Search the web.", {"query": text("What to search for")}, "query"),
    function("order_pizza", "Order a pizza for delivery.", {
        "size": text(enum=["small", "medium", "large"]),
        "toppings": {"type": "array", "items": {"type": "string", "enum": ["mushrooms", "ham", "pineapple", "olives", "extra_cheese"]}},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 10}}, "size"),
    function("play_music", "Play a song, album or artist.", {"query": text()}, "query"),
    function("translate_text", "Translate text into another language.", {"text": text(), "target_language": text()}, "text", "target_language"),
    function("roll_dice", "Roll dice.", {
        "count": {"type": "integer", "description": "How many dice"}, "sides": {"type": "integer", "description": "number of sides"}}),
    function("set_thermostat", "Set the thermostat to a temperature.", {"temperature": {"type": "number", "description": "in degrees"}}, "temperature"),
    function("add_to_shopping_list", "Add items to the shopping list.", {"items": {"type": "array", "items": {"type": "string"}}}, "items"),
)  # fmt: skip


class Conversation:
    """Talks with the mind turn by turn, and keeps the dialogue as the server would."""

    def __init__(self, functions: Sequence[Mapping[str, Any]], instructions: str, answers: Mapping[str, Any]) -> None:
        self.mind = BuiltinMind(now=lambda: NOW)
        self.entries: list[Entry] = []
        self.functions = functions
        self.instructions = instructions
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def say(self, words: str, *, heard: int | None = None) -> str:
        """One user turn and all that follows from it; the answer, of which the user hears `heard` characters."""
        self.entries.append(UserTurn(words))
        said: list[str] = []
        for _ in range(3):
            thoughts = self.mind.think(Dialogue(self.entries, self.instructions, self.functions))
            said += [one.text for one in thoughts if isinstance(one, Say)]
            calls = [one for one in thoughts if isinstance(one, Call)]
            numbered = [Called(str(len(self.calls) + n), one.name, one.args) for n, one in enumerate(calls)]
            self.calls += [(one.name, dict(one.args)) for one in calls]
            self.entries += numbered
            self.entries += [
                Answered(one.id, one.name, self.answers.get(one.name, {"result": "ok"})) for one in numbered
            ]
            if not calls:
                break
        whole = " ".join(said)
        if whole:
            self.entries.append(AgentTurn(whole if heard is None else whole[:heard], interrupted=heard is not None))
        return whole


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def home() -> Sequence[Mapping[str, Any]]:
    """Sixteen functions of a home assistant."""
    return HOME


@pytest.fixture
def talk() -> Callable[..., Conversation]:
    """Begin a conversation: talk(functions=..., instructions=..., answers=...)."""

    def begin(
        functions: Sequence[Mapping[str, Any]] = (), instructions: str = "", answers: Mapping[str, Any] | None = None
    ) -> Conversation:
        return Conversation(functions, instructions, answers or {})

    return begin


@pytest.fixture
def declare() -> Callable[..., dict[str, Any]]:
    """Declare a function: declare(name, description, properties, *required)."""
    return function
