"""Calls of declared functions: the right one with the right arguments, or none."""

from __future__ import annotations

import pytest

CALLS = [
    ("What's the weather in Oslo?", "get_weather", {"city": "Oslo"}),
    ("weather in new york please", "get_weather", {"city": "New York"}),
    ("Whats the whether in Oslo tomorrow?", "get_weather", {"city": "Oslo", "date": "2026-07-15"}),
    ("Will it rain in Bergen on Friday?", "get_weather", {"city": "Bergen", "date": "2026-07-17"}),
    ("How's Oslo's weather?", "get_weather", {"city": "Oslo"}),
    ("How hot is it in Cairo?", "get_weather", {"city": "Cairo"}),
    ("Could you, um, tell me what the weather is like in São Paulo in Fahrenheit?", "get_weather", {"city": "São Paulo", "unit": "fahrenheit"}),
    ("I'm going to Paris, what's the weather there?", "get_weather", {"city": "Paris"}),
    ("I would like to know the weather in Tromsø.", "get_weather", {"city": "Tromsø"}),
    ("Set a timer for five minutes.", "set_timer", {"seconds": 300}),
    ("set a 10-minute timer", "set_timer", {"seconds": 600}),
    ("start a timer for an hour and a half called pasta", "set_timer", {"seconds": 5400, "label": "pasta"}),
    ("Cancel the timer.", "cancel_timer", {}),
    ("Make the bedroom lamp darker and switch it on", "set_light", {"room": "bedroom", "on": True}),
    ("is it freezing outside in Riga", "get_weather", {"city": "Riga"}),
    ("Put on something by Nina Simone", "play_music", {"query": "Nina Simone"}),
    ("let Greta know that the bus is late", "send_message", {"recipient": "Greta", "message": "the bus is late"}),
    ("What is the Spanish word for good luck?", "translate_text", {"text": "good luck", "target_language": "Spanish"}),
    ("I would like to listen to something by Bach", "play_music", {"query": "Bach"}),
    ("How can I say I am lost in Finnish?", "translate_text", {"text": "I am lost", "target_language": "Finnish"}),
    ("How many miles do I get for 8 kilometers?", "convert_units", {"value": 8, "from_unit": "kilometers", "to_unit": "miles"}),
    ("We are out of soap, put it on the shopping list", "add_to_shopping_list", {"items": ["soap"]}),
    ("please stop the timer", "cancel_timer", {}),
    ("Turn on the kitchen light.", "set_light", {"room": "kitchen", "on": True}),
    ("Turn the lights in the living room off, please.", "set_light", {"room": "living room", "on": False}),
    ("Switch off the lamp in the bedroom", "set_light", {"room": "bedroom", "on": False}),
    ("turn on the kitchin light", "set_light", {"room": "kitchen", "on": True}),
    ("Schedule a dentist appointment tomorrow at 5 pm.", "create_event", {"title": "dentist appointment", "start": "2026-07-15T17:00:00+00:00"}),
    ("Create an event called lunch with Sam on Friday at noon", "create_event", {"title": "lunch with Sam", "start": "2026-07-17T12:00:00+00:00"}),
    ("What's on my calendar tomorrow?", "list_events", {"date": "2026-07-15"}),
    ("What's the stock price of Apple?", "get_stock_price", {"symbol": "Apple"}),
    ("How much is Tesla stock?", "get_stock_price", {"symbol": "Tesla"}),
    ("what's the tesla share price", "get_stock_price", {"symbol": "tesla"}),
    ("Convert 10 miles to kilometers.", "convert_units", {"value": 10, "from_unit": "miles", "to_unit": "kilometers"}),
    ("How many feet are in 3 meters?", "convert_units", {"value": 3, "from_unit": "meters", "to_unit": "feet"}),
    ("what is two point five pounds in kilograms", "convert_units", {"value": 2.5, "from_unit": "pounds", "to_unit": "kilograms"}),
    ("Send a message to Anna saying I'll be five minutes late.", "send_message", {"recipient": "Anna", "message": "I'll be five minutes late"}),
    ("Text Bob that dinner is at 7", "send_message", {"recipient": "Bob", "message": "dinner is at 7"}),
    ("Tell Anna I'm running late", "send_message", {"recipient": "Anna", "message": "I'm running late"}),
    ('Send "turn off the light and cancel the timer" to Peter', "send_message", {"recipient": "Peter", "message": "turn off the light and cancel the timer"}),
    ("Search the web for trio structured concurrency", "search_web", {"query": "trio structured concurrency"}),
    ("look up the tallest building in the world", "search_web", {"query": "tallest building in the world"}),
    ("I'd like a large pizza with mushrooms and extra cheese", "order_pizza", {"size": "large", "toppings": ["mushrooms", "extra_cheese"]}),
    ("Order two small pizzas with ham, pineapple and olives", "order_pizza", {"size": "small", "toppings": ["ham", "pineapple", "olives"], "quantity": 2}),
    ("play Bohemian Rhapsody by Queen", "play_music", {"query": "Bohemian Rhapsody by Queen"}),
    ("Translate good morning to French", "translate_text", {"text": "good morning", "target_language": "French"}),
    ("Roll two dice", "roll_dice", {"count": 2}),
    ("roll a die with 20 sides", "roll_dice", {"sides": 20}),
    ("Set the thermostat to 21 degrees", "set_thermostat", {"temperature": 21}),
    ("set the temperature to twenty two point five", "set_thermostat", {"temperature": 22.5}),
    ("Add milk, eggs and bread to my shopping list.", "add_to_shopping_list", {"items": ["milk", "eggs", "bread"]}),
    ("put butter on the shopping list", "add_to_shopping_list", {"items": ["butter"]}),
]  # fmt: skip

NO_CALL = [
    "The weather was terrible yesterday.",
    "I had pizza for lunch.",
    "What's your favourite pizza?",
    "Do you like the weather?",
    "Don't turn on the lights.",
    "Please do not set a timer.",
    "My light is broken.",
    "How do you spell weather?",
    "What is the capital of Norway?",
    "Tell me a joke",
    "What's 12 times 30?",
    "I love this song",
    "why is the sky blue?",
    "thanks for the message",
    "my name is Bob",
    "What is a calendar?",
    "She sent me a message yesterday",
    "Hello",
    "you're a star",
    "What time is it?",
    "How are you?",
    "Tell me a story about a timer",
    "I read the news about the stock market",
    "never mind the weather",
    "are the lights on?",
    "Driving to the city is so boring",
    "My sister lost her phone and a message",
    "What's the date in three weeks?",
    "How high is Mount Kilimanjaro?",
    "tell me another one",
    "Is the timer running?",
    "has the bedroom light been switched off",
    "how much is a pizza",
    "stop",
    "",
]


@pytest.mark.parametrize(("words", "name", "args"), CALLS, ids=[words for words, _, _ in CALLS])
def test_calls_the_function_that_is_meant(talk, home, words, name, args):
    """Among sixteen functions the one that is asked for is called once, with what was said and nothing else."""
    chat = talk(home)
    chat.say(words)
    assert [(name, args)] == chat.calls


def test_a_number_out_of_range_is_asked_for_again(talk, home):
    """What the schema forbids is neither passed on nor silently left out."""
    chat = talk(home)
    assert chat.say("order fifty small pizzas") == "What should the quantity be, as a number from 1 to 10?"
    assert [] == chat.calls
    chat.say("five then")
    assert [("order_pizza", {"size": "small", "quantity": 5})] == chat.calls


@pytest.mark.parametrize("words", NO_CALL)
def test_calls_nothing_that_was_not_asked_for(talk, home, words):
    """Telling, denying, asking for an opinion, small talk and what lies elsewhere call no function."""
    chat = talk(home)
    assert chat.say(words)
    assert [] == chat.calls


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ("What's the weather in Oslo and Bergen?", [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Bergen"})]),
        ("Turn on the kitchen light and tell me the weather in Paris", [("set_light", {"room": "kitchen", "on": True}), ("get_weather", {"city": "Paris"})]),
        ("Set a timer for 5 minutes and then play some jazz", [("set_timer", {"seconds": 300}), ("play_music", {"query": "jazz"})]),
        ("Cancel the timer. Roll three dice.", [("cancel_timer", {}), ("roll_dice", {"count": 3})]),
        ("turn off the light in the kitchen and the bedroom", [("set_light", {"room": "kitchen", "on": False}), ("set_light", {"room": "bedroom", "on": False})]),
    ],
)  # fmt: skip
def test_two_requests_in_one_breath_are_two_calls(talk, home, words, calls):
    """What is joined by "and" is called side by side, in the order of the words."""
    chat = talk(home)
    chat.say(words)
    assert calls == chat.calls


def test_a_question_beside_a_request_is_answered_too(talk, home):
    """What the mind itself knows is said, what it does not is called."""
    chat = talk(home, answers={"get_weather": {"temperature": 20}})
    said = chat.say("What time is it and what's the weather in Rome?")
    assert "5 minutes past 2" in said
    assert "20 degrees" in said
    assert "7" in talk(home).say("set a timer for ten minutes and what is 3 plus 4")


def test_asks_when_two_functions_fit_alike(talk, declare):
    """An ambiguous request calls nothing; the user's choice then calls the one that was meant."""
    functions = [declare("play_radio", "Play the radio.", {}), declare("play_podcast", "Play a podcast.", {})]
    functions += [declare("stop_radio", "Stop the radio.", {})]
    chat = talk(functions)
    chat.say("radio")
    assert "?" in chat.say("radio")
    assert [] == chat.calls
    chat.say("play the radio")
    assert [("play_radio", {})] == chat.calls


def test_a_choice_between_two_functions_can_be_answered(talk, declare):
    """A turn like "The second" names one of the two that were offered."""
    functions = [declare("light_on", "Switch the light on.", {}), declare("light_off", "Switch the light off.", {})]
    chat = talk(functions)
    assert "?" in chat.say("the light")
    chat.say("the second one")
    assert ["light_off"] == [name for name, _ in chat.calls]


def test_a_weak_match_is_told_and_not_called(talk, home):
    """Where the words only touch on a function, it says what it could do instead of doing it."""
    chat = talk(home)
    said = chat.say("are the lights on?")
    assert "turn the light in a room on or off" in said
    assert [] == chat.calls


ELSEWHERE = [
    (("get_current_weather", "Return the weather in a given location", {"location": {"type": "STRING", "description": "The city and state, e.g. San Francisco, CA"}}, "location"),
     "whats the weather in san francisco", {"location": "San Francisco"}),
    (("lookup_order", "Look up the status of a customer's order.", {"order_id": {"type": "integer", "description": "The order number"}}, "order_id"),
     "What's the status of order number four five six?", {"order_id": 456}),
    (("book_flight", "Book a flight between two cities.", {"origin": {"type": "string"}, "destination": {"type": "string"}, "date": {"type": "string", "format": "date"}, "passengers": {"type": "integer", "default": 1}}, "origin", "destination", "date"),
     "I need a flight to Paris on July 20th from Berlin for two passengers", {"origin": "Berlin", "destination": "Paris", "date": "2026-07-20", "passengers": 2}),
    (("book_table", "Reserve a table at a restaurant.", {"restaurant": {"type": "string"}, "people": {"type": "integer", "description": "number of people"}, "time": {"type": "string", "description": "ISO 8601 date and time"}}, "people", "time"),
     "Can you get me a table at Luigi's for 6 people tonight at half past seven?", {"restaurant": "Luigi's", "people": 6, "time": "2026-07-14T19:30:00+00:00"}),
    (("currency_convert", "Convert money between currencies.", {"amount": {"type": "number"}, "from_currency": {"type": "string", "description": "ISO code such as USD"}, "to_currency": {"type": "string", "description": "ISO code such as EUR"}}, "amount", "from_currency", "to_currency"),
     "How much is 50 dollars in euros?", {"amount": 50, "from_currency": "USD", "to_currency": "EUR"}),
    (("exchange", "Convert an amount of money.", {"amount": {"type": "number"}, "from": {"type": "string", "description": "Currency code, e.g. USD"}, "to": {"type": "string", "description": "Currency code, e.g. EUR"}}, "amount", "from", "to"),
     "Change 75 Swiss francs into Norwegian kroner", {"amount": 75, "from": "CHF", "to": "NOK"}),
    (("exchange", "Convert an amount of money.", {"amount": {"type": "number"}, "from": {"type": "string", "description": "Currency code, e.g. USD"}, "to": {"type": "string", "description": "Currency code, e.g. EUR"}}, "amount", "from", "to"),
     "how many dollars do I get for €80", {"amount": 80, "from": "EUR", "to": "USD"}),
    (("set_alarm", "Set an alarm.", {"time": {"type": "string", "description": "HH:MM"}}, "time"), "set an alarm for 645", {"time": "06:45"}),
    (("share_price", "Get the price of a share.", {"company": {"type": "string"}}, "company"), "what is the price of Siemens shares", {"company": "Siemens"}),
    (("say_in", "Translate a text.", {"text": {"type": "string"}, "language": {"type": "string"}}, "text", "language"),
     "how do you say good night, Swedish", {"text": "good night", "language": "Swedish"}),
    (("remind_me", "Create a reminder.", {"text": {"type": "string"}, "when": {"type": "string", "description": "ISO 8601 date and time"}}, "text", "when"),
     "remind me at noon tomorrow to take out the trash", {"text": "take out the trash", "when": "2026-07-15T12:00:00+00:00"}),
    (("get_news", "Get the latest news headlines.", {"category": {"anyOf": [{"type": "string", "enum": ["sports", "business"]}, {"type": "null"}]}}),
     "any sports news today?", {"category": "sports"}),
    (("fn_17", "Gives the opening hours of a shop.", {"shop": {"type": "string"}}, "shop"),
     "what are the opening hours of Tesco?", {"shop": "Tesco"}),
    (("calculate_bmi", "Compute body mass index from height and weight.", {"height_cm": {"type": "number", "description": "height in centimeters"}, "weight_kg": {"type": "number", "description": "weight in kilograms"}}, "height_cm", "weight_kg"),
     "calculate my BMI, I weigh 75 kilograms and am 180 centimeters tall", {"height_cm": 180, "weight_kg": 75}),
    (("move_robot", "Move the robot.", {"direction": {"type": "string", "enum": ["forward", "backward", "left", "right"]}, "distance_m": {"type": "number", "description": "how far in meters"}}, "direction"),
     "move the robot forward two meters", {"direction": "forward", "distance_m": 2}),
    (("mute", "Mutes the sound.", {"muted": {"type": "boolean"}}, "muted"), "unmute", {"muted": False}),
    (("search_products", "Search the product catalog.", {"filter": {"type": "object", "properties": {"query": {"type": "string"}, "max_price": {"type": "number"}}, "required": ["query"]}}, "filter"),
     "search for red running shoes", {"filter": {"query": "red running shoes"}}),
    (("talk_to_human", "Transfer the caller to a human agent.", {}), "I want to talk to a human", {}),
    (("setVolume", "Set the speaker volume.", {"level": {"type": "integer", "minimum": 0, "maximum": 100}}, "level"), "Set volume at thirty percent", {"level": 30}),
]  # fmt: skip


@pytest.mark.parametrize(("declaration", "words", "args"), ELSEWHERE, ids=[words for _, words, _ in ELSEWHERE])
def test_reads_declarations_of_all_sorts(talk, declare, declaration, words, args):
    """Upper-case types, optional unions, nested objects, camel case and names that say nothing are all understood."""
    chat = talk([declare(*declaration)])
    chat.say(words)
    assert [(declaration[0], args)] == chat.calls
