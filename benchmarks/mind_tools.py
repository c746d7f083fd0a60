# ruff: noqa: E501 - what belongs together stands in one line
"""What people declare: six sets of functions in the dialects that clients send, for the benchmark of the built-in mind.

The car's and the bank's are written as Gemini's own types (upper case), the office's and the home's as JSON Schema
from a library (`title`, `anyOf` with null, `$ref`), the others as people type them by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Declaration = Mapping[str, Any]


def gemini(name: str, description: str, required: str, /, **properties: Mapping[str, Any]) -> Declaration:
    """A declaration as google-genai sends it."""
    parameters = {"type": "OBJECT", "properties": properties, "required": required.split()}
    return {"name": name, "description": description, "parameters": parameters}


def schema(name: str, description: str, required: str, /, **properties: Mapping[str, Any]) -> Declaration:
    """A declaration as a library writes it: JSON Schema."""
    titled = {key: {"title": key.replace("_", " ").title(), **one} for key, one in properties.items()}
    body = {"type": "object", "properties": titled, "required": required.split(), "$defs": _DEFS}
    return {"name": name, "description": description, "parametersJsonSchema": body}


def by_hand(name: str, description: str, required: str, /, **properties: Mapping[str, Any]) -> Declaration:
    """A declaration as one types it."""
    parameters = {"type": "object", "properties": properties, "required": required.split()}
    return {"name": name, "description": description, "parameters": parameters}


def _enum(kind: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "enum": list(values), **more}


def _optional(inner: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [inner, {"type": "null"}], "default": None}


_S: dict[str, Any] = {"type": "string"}
_I: dict[str, Any] = {"type": "integer"}
_N: dict[str, Any] = {"type": "number"}
_B: dict[str, Any] = {"type": "boolean"}
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DEFS: dict[str, Any] = {
    "Priority": {"type": "string", "enum": ["low", "medium", "high"], "title": "Priority"},
    "Mode": {"type": "string", "enum": ["heat", "cool", "auto", "off"], "title": "Mode"},
    "Goal": {
        "type": "object",
        "properties": {
            "metric": {"type": "string", "enum": ["steps", "calories", "distance", "sleep"]},
            "target": {"type": "number", "description": "the value to reach"},
            "deadline": {"type": "string", "format": "date"},
        },
        "required": ["metric", "target"],
    },
}

CAR = (
    gemini("set_climate", "Sets the air conditioning of the car.", "temperature",
           temperature={"type": "NUMBER", "description": "target temperature"},
           unit=_enum("STRING", "CELSIUS", "FAHRENHEIT"),
           zone=_enum("STRING", "DRIVER", "PASSENGER", "REAR", "ALL")),
    gemini("navigate_to", "Start route guidance to a destination.", "destination",
           destination={"type": "STRING", "description": "address or name of a place"},
           avoid={"type": "ARRAY", "items": _enum("STRING", "TOLLS", "HIGHWAYS", "FERRIES")}),
    gemini("set_window", "Opens or closes a window.", "window percent_open",
           window=_enum("STRING", "DRIVER", "PASSENGER", "REAR_LEFT", "REAR_RIGHT", "ALL"),
           percent_open={"type": "INTEGER", "minimum": 0, "maximum": 100, "description": "0 is closed, 100 is open"}),
    gemini("play_media", "Plays music or radio.", "",
           artist={"type": "STRING"}, song={"type": "STRING", "description": "name of the song"},
           source=_enum("STRING", "SPOTIFY", "RADIO", "BLUETOOTH")),
    gemini("adjust_volume", "Make the sound louder or quieter.", "direction",
           direction=_enum("STRING", "UP", "DOWN"), steps={"type": "INTEGER", "minimum": 1, "maximum": 10}),
    gemini("lock_doors", "Locks or unlocks the doors of the car.", "locked", locked={"type": "BOOLEAN"}),
    gemini("find_charging_station", "Find charging stations nearby.", "",
           radius_km={"type": "NUMBER", "description": "search radius in kilometers"},
           min_power_kw={"type": "INTEGER", "description": "least power in kilowatts"},
           connector=_enum("STRING", "CCS", "CHADEMO", "TYPE_2")),
    gemini("set_cruise_control", "Set the speed of the cruise control.", "speed",
           speed={"type": "INTEGER", "description": "speed"}, unit=_enum("STRING", "KMH", "MPH")),
)  # fmt: skip
BANK = (
    gemini("transfer_money", "Transfers money to another person.", "amount recipient",
           amount={"type": "NUMBER", "description": "how much"},
           currency=_enum("STRING", "EUR", "USD", "GBP"), recipient={"type": "STRING", "description": "who gets it"},
           reference={"type": "STRING", "description": "what it is for"}),
    gemini("get_balance", "Returns the balance of an account.", "account",
           account=_enum("STRING", "checking", "savings", "credit_card")),
    gemini("list_transactions", "Lists the transactions of an account.", "account",
           account=_enum("STRING", "checking", "savings", "credit_card"),
           start_date={"type": "STRING", "format": "date"}, end_date={"type": "STRING", "format": "date"},
           limit={"type": "INTEGER", "description": "how many transactions at most"}),
    gemini("freeze_card", "Blocks a card that is lost or stolen.", "last_four_digits",
           last_four_digits={"type": "STRING", "pattern": "^[0-9]{4}$", "description": "last four digits of the card"}),
    gemini("pay_bill", "Pays a bill.", "biller amount",
           biller={"type": "STRING", "description": "the company to be paid"}, amount={"type": "NUMBER"},
           pay_on={"type": "STRING", "format": "date", "description": "day of the payment"}),
    gemini("convert_currency", "Converts an amount of money from one currency to another.", "amount source target",
           amount={"type": "NUMBER"}, source={"type": "STRING", "description": "ISO currency code, e.g. EUR"},
           target={"type": "STRING", "description": "ISO currency code, e.g. USD"}),
    gemini("set_spending_limit", "Sets a spending limit.", "amount period",
           amount={"type": "NUMBER"}, period=_enum("STRING", "DAILY", "WEEKLY", "MONTHLY"),
           category=_enum("STRING", "GROCERIES", "TRAVEL", "ENTERTAINMENT", "ALL")),
)  # fmt: skip
TRAVEL = (
    by_hand("search_flights", "Search for flights between two cities", "origin destination departure_date",
            origin={**_S, "description": "city of departure"}, destination={**_S, "description": "city of arrival"},
            departure_date={**_S, "description": "YYYY-MM-DD"}, return_date={**_S, "description": "YYYY-MM-DD"},
            passengers={**_I, "default": 1}, cabin=_enum("string", "economy", "premium_economy", "business", "first")),
    by_hand("book_hotel", "Book a hotel room", "city check_in nights",
            city=_S, check_in={**_S, "format": "date", "description": "day of arrival"}, nights=_I,
            guests=_I, breakfast={**_B, "description": "with breakfast"}),
    by_hand("rent_car", "Rent a car", "pickup_location pickup_date days",
            pickup_location=_S, pickup_date={**_S, "format": "date"}, days={**_I, "description": "number of days"},
            car_type=_enum("string", "compact", "suv", "convertible", "van")),
    by_hand("get_train_times", "Get train departures", "from_station to_station",
            from_station=_S, to_station=_S, date={**_S, "format": "date"},
            time={**_S, "description": "HH:MM, 24 hours"}),
    by_hand("find_restaurants", "Find restaurants in a city", "city",
            city=_S, cuisine=_enum("string", "italian", "japanese", "indian", "mexican", "french", "thai"),
            max_price={**_N, "description": "most one wants to pay, in euros"}, open_now=_B,
            min_rating={**_N, "minimum": 1, "maximum": 5, "description": "stars"}),
    by_hand("reserve_table", "Reserve a table at a restaurant", "restaurant party_size date_time",
            restaurant={**_S, "description": "name of the restaurant"},
            party_size={**_I, "description": "number of people"}, date_time={**_S, "format": "date-time"}),
    by_hand("get_weather_forecast", "Get the weather forecast for a location", "location",
            location=_S, days={**_I, "minimum": 1, "maximum": 10, "description": "how many days"},
            unit=_enum("string", "celsius", "fahrenheit")),
)  # fmt: skip
OFFICE = (
    schema("create_calendar_event", "Create an event in the calendar.", "title start",
           title=_S, start={**_S, "format": "date-time"}, duration_minutes={**_I, "default": 30},
           attendees={"type": "array", "items": _S}, location=_optional(_S)),
    schema("send_email", "Send an email.", "to body",
           to={**_S, "description": "recipient"}, subject=_optional(_S), body=_S,
           priority=_optional({"$ref": "#/$defs/Priority"})),
    schema("set_reminder", "Remind the user of something at a given time.", "text remind_at",
           text={**_S, "description": "what to remind of"}, remind_at={**_S, "format": "date-time"}),
    schema("create_task", "Add a task to the todo list.", "title",
           title=_S, due_date=_optional({**_S, "format": "date"}), priority=_optional({"$ref": "#/$defs/Priority"}),
           assignee=_optional(_S)),
    schema("log_time", "Log working hours on a project.", "project hours",
           project={**_S, "description": "name of the project"}, hours=_N, date=_optional({**_S, "format": "date"})),
    schema("set_alarm", "Set an alarm.", "time",
           time={**_S, "format": "time"},
           days={"type": "array", "items": {"type": "string", "enum": list(_WEEK)}}, label=_optional(_S)),
    schema("start_timer", "Start a timer.", "", hours=_I, minutes=_I, seconds=_I),
    schema("translate", "Translate a text.", "text language",
           text=_S, language={**_S, "description": "target language"}),
    schema("find_contact", "Look up the phone number of a contact.", "name", name=_S),
)  # fmt: skip
SHOP = (
    by_hand("add_to_cart", "Add a product to the shopping cart.", "product",
            product=_S, quantity={**_I, "minimum": 1}, size=_enum("string", "small", "medium", "large", "xl"),
            color=_enum("string", "red", "blue", "black", "white", "green")),
    by_hand("track_order", "Tells where an order is.", "order_id", order_id={**_S, "description": "the order number"}),
    by_hand("return_item", "Start the return of an order.", "order_id reason",
            order_id={**_I, "description": "the order number"},
            reason=_enum("string", "damaged", "wrong_size", "not_as_described", "changed_mind")),
    by_hand("search_products", "Searches the shop for products.", "query",
            query=_S, max_price={**_N, "description": "upper limit of the price"}, in_stock={**_B, "description": "only what is in stock"},
            sort_by=_enum("string", "price", "rating", "newest")),
    by_hand("order_coffee", "Order a coffee drink.", "drink size",
            drink=_enum("string", "espresso", "cappuccino", "latte", "americano", "flat_white"),
            size=_enum("string", "small", "medium", "large"), milk=_enum("string", "whole", "oat", "soy", "almond"),
            shots={**_I, "minimum": 1, "maximum": 4, "description": "espresso shots"},
            extras={"type": "array", "items": _enum("string", "vanilla_syrup", "caramel", "whipped_cream", "cinnamon")}),
    by_hand("apply_coupon", "Apply a coupon code.", "code", code=_S),
    by_hand("set_delivery", "Choose when the order is delivered.", "date time_slot",
            date={**_S, "format": "date"}, time_slot=_enum("string", "morning", "afternoon", "evening"),
            leave_at_door=_B),
)  # fmt: skip
HOME = (
    schema("set_light", "Control the light in a room.", "room",
           room={**_S, "enum": ["kitchen", "living room", "bedroom", "bathroom", "office", "hallway"]},
           on=_optional(_B), brightness=_optional({**_I, "minimum": 0, "maximum": 100, "description": "percent"}),
           color=_optional({**_S, "enum": ["warm_white", "cool_white", "red", "blue", "green"]})),
    schema("set_thermostat", "Set the heating.", "temperature",
           temperature={**_N, "minimum": 5, "maximum": 35, "description": "degrees"},
           mode=_optional({"$ref": "#/$defs/Mode"})),
    schema("start_vacuum", "Let the robot vacuum clean rooms.", "rooms",
           rooms={"type": "array", "items": {**_S, "enum": ["kitchen", "living room", "bedroom", "hallway"]}},
           power=_optional({**_S, "enum": ["quiet", "normal", "turbo"]})),
    schema("water_garden", "Water a zone of the garden.", "zone minutes",
           zone={**_S, "enum": ["lawn", "roses", "vegetables"]}, minutes=_I),
    schema("log_workout", "Record a workout.", "activity duration_minutes",
           activity={**_S, "enum": ["running", "cycling", "swimming", "yoga", "walking"]},
           duration_minutes=_I, distance_km=_optional(_N)),
    schema("log_weight", "Record the body weight.", "weight unit",
           weight=_N, unit={**_S, "enum": ["kg", "lb"]}),
    schema("set_goal", "Set a fitness goal.", "goal", goal={"$ref": "#/$defs/Goal"}),
    schema("take_photo", "Take a photo with a camera.", "camera",
           camera={**_S, "enum": ["front_door", "garage", "garden"]}, count=_I, flash=_B),
    schema("set_volume", "Set the volume of the speakers.", "level",
           level={**_I, "minimum": 0, "maximum": 100, "description": "volume level"},
           rooms={"type": "array", "items": _S}),
)  # fmt: skip

KITS: Mapping[str, Sequence[Declaration]] = {
    "car": CAR, "bank": BANK, "travel": TRAVEL, "office": OFFICE, "shop": SHOP, "home": HOME,
}  # fmt: skip
