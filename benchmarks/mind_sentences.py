# ruff: noqa: E501 - what belongs together stands in one line
"""What people say to those functions, and which calls are right: written before the mind was worked on.

The sentences of each set take turns: the first is for development, the second is held out, and so on. Some are as a
recogniser writes them: no punctuation, figures or words, and words that sound alike. The day is Wednesday,
10 March 2027, 9:40 in the morning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs

NOW = datetime(2027, 3, 10, 9, 40, tzinfo=timezone(timedelta(hours=1)))


@attrs.frozen
class Right:
    """One call that is right."""

    name: str
    args: Mapping[str, Any]


@attrs.frozen
class Case:
    """User turns, and the calls that they come to together; what is said before the last turn calls nothing yet."""

    kit: str
    turns: Sequence[str]
    calls: Sequence[Right]

    @property
    def group(self) -> str:
        """What is hard about it."""
        if not self.calls:
            return "nothing to call"
        if len(self.turns) > 1:
            return "asked back"
        if len(self.calls) > 1:
            return "two calls"
        return "one call" if len(self.calls[0].args) < 2 else "one call, several arguments"


@attrs.frozen
class Either:
    """An argument for which more than one value is right."""

    values: Sequence[Any]


def call(name: str, /, **args: Any) -> Right:
    """A call that is right."""
    return Right(name, args)


def _either(*values: Any) -> Either:
    return Either(values)


_Line = tuple[str, Sequence[Right]]

_CAR: Sequence[_Line] = (
    ("Set the temperature to 21 degrees", [call("set_climate", temperature=21)]),
    ("make it twenty two and a half degrees celsius on the passenger side", [call("set_climate", temperature=22.5, unit="CELSIUS", zone="PASSENGER")]),
    ("Set the climate for all zones to seventy degrees Fahrenheit.", [call("set_climate", temperature=70, unit="FAHRENHEIT", zone="ALL")]),
    ("I'd like the air conditioning at nineteen degrees for the driver", [call("set_climate", temperature=19, zone="DRIVER")]),
    ("Navigate to the central station", [call("navigate_to", destination="central station")]),
    ("Take me to 12 Baker Street and avoid tolls.", [call("navigate_to", destination="12 Baker Street", avoid=["TOLLS"])]),
    ("drive to Hamburg but avoid highways and ferries", [call("navigate_to", destination="Hamburg", avoid=["HIGHWAYS", "FERRIES"])]),
    ("I want to go to the airport without tolls", [call("navigate_to", destination="airport", avoid=["TOLLS"])]),
    ("open the driver window fifty percent", [call("set_window", window="DRIVER", percent_open=50)]),
    ("Close all the windows", [call("set_window", window="ALL", percent_open=0)]),
    ("Open the rear left window completely", [call("set_window", window="REAR_LEFT", percent_open=100)]),
    ("could you open the passenger window halfway", [call("set_window", window="PASSENGER", percent_open=50)]),
    ("play Yesterday by the Beatles on Spotify", [call("play_media", song="Yesterday", artist=_either("the Beatles", "Beatles"), source="SPOTIFY")]),
    ("Put on something by Miles Davis", [call("play_media", artist="Miles Davis")]),
    ("play the radio", [call("play_media", source="RADIO")]),
    ("I want to hear some Adele over bluetooth", [call("play_media", artist="Adele", source="BLUETOOTH")]),
    ("turn the volume down by three steps", [call("adjust_volume", direction="DOWN", steps=3)]),
    ("Turn it up two notches", [call("adjust_volume", direction="UP", steps=2)]),
    ("it's too loud, make it quieter", [call("adjust_volume", direction="DOWN")]),
    ("louder please", [call("adjust_volume", direction="UP")]),
    ("Unlock the doors.", [call("lock_doors", locked=False)]),
    ("please lock the car", [call("lock_doors", locked=True)]),
    ("find a charging station within ten kilometers", [call("find_charging_station", radius_km=10)]),
    ("Are there any charging stations with a CCS connector within 25 km?", [call("find_charging_station", radius_km=25, connector="CCS")]),
    ("where can I charge with at least one hundred and fifty kilowatts", [call("find_charging_station", min_power_kw=150)]),
    ("I need a charger with at least 50 kilowatts within five kilometres", [call("find_charging_station", min_power_kw=50, radius_km=5)]),
    ("Set cruise control to 120 kilometers per hour", [call("set_cruise_control", speed=120, unit="KMH")]),
    ("cruise at sixty five miles per hour", [call("set_cruise_control", speed=65, unit="MPH")]),
    ("Lock the doors and navigate to the office", [call("lock_doors", locked=True), call("navigate_to", destination="office")]),
    ("close the rear right window and set the temperature to 20", [call("set_window", window="REAR_RIGHT", percent_open=0), call("set_climate", temperature=20)]),
    ("How much oil is left?", []),
    ("Who wrote Faust?", []),
)  # fmt: skip
_BANK: Sequence[_Line] = (
    ("Send fifty euros to Anna", [call("transfer_money", amount=50, currency="EUR", recipient="Anna")]),
    ("transfer 120 dollars and fifty cents to Bob Miller", [call("transfer_money", amount=120.5, currency="USD", recipient="Bob Miller")]),
    ("Transfer 20 pounds to Sarah for the pizza", [call("transfer_money", amount=20, currency="GBP", recipient="Sarah", reference=_either("pizza", "the pizza"))]),
    ("please wire two hundred and thirty euros to my landlord", [call("transfer_money", amount=230, currency="EUR", recipient=_either("landlord", "my landlord"))]),
    ("What's the balance of my savings account?", [call("get_balance", account="savings")]),
    ("how much money is in my checking account", [call("get_balance", account="checking")]),
    ("How much do I have on my credit card?", [call("get_balance", account="credit_card")]),
    ("check my savings", [call("get_balance", account="savings")]),
    ("Show me the last ten transactions of my checking account", [call("list_transactions", account="checking", limit=10)]),
    ("list the credit card transactions from March 1st to March 5th", [call("list_transactions", account="credit_card", start_date="2027-03-01", end_date="2027-03-05")]),
    ("show my savings transactions since yesterday", [call("list_transactions", account="savings", start_date="2027-03-09")]),
    ("What were the last five payments from my savings account?", [call("list_transactions", account="savings", limit=5)]),
    ("I lost my card, the last four digits are 4 7 1 1", [call("freeze_card", last_four_digits="4711")]),
    ("Freeze the card ending in 0042", [call("freeze_card", last_four_digits="0042")]),
    ("block my card one two three four", [call("freeze_card", last_four_digits="1234")]),
    ("my card was stolen please block it it ends in nine eight seven six", [call("freeze_card", last_four_digits="9876")]),
    ("Pay the bill from Vodafone, 39 euros 90", [call("pay_bill", biller="Vodafone", amount=39.9)]),
    ("pay 85 euros to the water company on Friday", [call("pay_bill", biller="water company", amount=85, pay_on="2027-03-12")]),
    ("Pay the electricity bill of 74 dollars tomorrow", [call("pay_bill", biller=_either("electricity", "electricity company"), amount=74, pay_on="2027-03-11")]),
    ("pay one hundred and ten euros to Telefonica", [call("pay_bill", biller="Telefonica", amount=110)]),
    ("Convert 100 US dollars to euros", [call("convert_currency", amount=100, source="USD", target="EUR")]),
    ("how many yen do I get for forty euros", [call("convert_currency", amount=40, source="EUR", target="JPY")]),
    ("what is a thousand swiss francs in pounds", [call("convert_currency", amount=1000, source="CHF", target="GBP")]),
    ("How much is 250 kronor in dollars?", [call("convert_currency", amount=250, source="SEK", target="USD")]),
    ("Set a weekly limit of 150 euros for groceries", [call("set_spending_limit", amount=150, period="WEEKLY", category="GROCERIES")]),
    ("limit my monthly spending on travel to one thousand", [call("set_spending_limit", amount=1000, period="MONTHLY", category="TRAVEL")]),
    ("I don't want to spend more than 20 euros a day", [call("set_spending_limit", amount=20, period="DAILY")]),
    ("set the daily spending limit to thirty five", [call("set_spending_limit", amount=35, period="DAILY")]),
    ("What's the balance of my savings and of my checking account?", [call("get_balance", account="savings"), call("get_balance", account="checking")]),
    ("Send ten euros to Tom and twenty euros to Lisa", [call("transfer_money", amount=10, currency="EUR", recipient="Tom"), call("transfer_money", amount=20, currency="EUR", recipient="Lisa")]),
    ("Do you think banks are greedy?", []),
    ("Open a new savings plan for my daughter's wedding in Venice", []),
)  # fmt: skip
_TRAVEL: Sequence[_Line] = (
    ("Find flights from Berlin to Lisbon on April 3rd", [call("search_flights", origin="Berlin", destination="Lisbon", departure_date="2027-04-03")]),
    ("I need a flight from Oslo to Rome next Tuesday returning on March 20th", [call("search_flights", origin="Oslo", destination="Rome", departure_date="2027-03-16", return_date="2027-03-20")]),
    ("search business class flights to Tokyo from Paris tomorrow for two passengers", [call("search_flights", origin="Paris", destination="Tokyo", departure_date="2027-03-11", passengers=2, cabin="business")]),
    ("are there any flights from Madrid to Vienna on the 3rd of May for three people", [call("search_flights", origin="Madrid", destination="Vienna", departure_date="2027-05-03", passengers=3)]),
    ("Book a hotel in Prague from March 18th for three nights", [call("book_hotel", city="Prague", check_in="2027-03-18", nights=3)]),
    ("book a room in Dublin tomorrow for two nights and two guests with breakfast", [call("book_hotel", city="Dublin", check_in="2027-03-11", nights=2, guests=2, breakfast=True)]),
    ("I need a hotel in Athens on Saturday for one night without breakfast", [call("book_hotel", city="Athens", check_in="2027-03-13", nights=1, breakfast=False)]),
    ("reserve a hotel room for four guests in New York for a week from April 1st", [call("book_hotel", city="New York", check_in="2027-04-01", nights=7, guests=4)]),
    ("Rent an SUV in Denver for five days starting tomorrow", [call("rent_car", pickup_location="Denver", pickup_date="2027-03-11", days=5, car_type="suv")]),
    ("I'd like to rent a convertible in Nice on June 2nd for a week", [call("rent_car", pickup_location="Nice", pickup_date="2027-06-02", days=7, car_type="convertible")]),
    ("get me a rental car at Munich airport on Monday for two days", [call("rent_car", pickup_location="Munich airport", pickup_date="2027-03-15", days=2)]),
    ("hire a van in Leeds on Friday for one day", [call("rent_car", pickup_location="Leeds", pickup_date="2027-03-12", days=1, car_type="van")]),
    ("When does the next train from Cologne to Brussels leave?", [call("get_train_times", from_station="Cologne", to_station="Brussels")]),
    ("trains from Basel to Milan tomorrow at half past eight", [call("get_train_times", from_station="Basel", to_station="Milan", date="2027-03-11", time="08:30")]),
    ("show me trains to Oxford from London Paddington this evening at six", [call("get_train_times", from_station="London Paddington", to_station="Oxford", time="18:00")]),
    ("is there a train from Ghent to Bruges on Sunday at 10 am", [call("get_train_times", from_station="Ghent", to_station="Bruges", date="2027-03-14", time="10:00")]),
    ("Find an Italian restaurant in Boston", [call("find_restaurants", city="Boston", cuisine="italian")]),
    ("which Thai restaurants in Leipzig are open now", [call("find_restaurants", city="Leipzig", cuisine="thai", open_now=True)]),
    ("find Mexican food in Austin for less than 25 euros with at least four stars", [call("find_restaurants", city="Austin", cuisine="mexican", max_price=25, min_rating=4)]),
    ("where can I eat Japanese in Hamburg under thirty euros", [call("find_restaurants", city="Hamburg", cuisine="japanese", max_price=30)]),
    ("Reserve a table for four at Luigi's tomorrow at 7 pm", [call("reserve_table", restaurant="Luigi's", party_size=4, date_time="2027-03-11T19:00")]),
    ("book a table at the Golden Dragon for six people on Saturday at half past seven in the evening", [call("reserve_table", restaurant="Golden Dragon", party_size=6, date_time="2027-03-13T19:30")]),
    ("I want a table for two at Chez Marie tonight at 8", [call("reserve_table", restaurant="Chez Marie", party_size=2, date_time="2027-03-10T20:00")]),
    ("please get us a table for a dozen people at Osteria Nova on March 27th at one pm", [call("reserve_table", restaurant="Osteria Nova", party_size=12, date_time="2027-03-27T13:00")]),
    ("What's the weather in Rome and in Paris?", [call("get_weather_forecast", location="Rome"), call("get_weather_forecast", location="Paris")]),
    ("five day forecast for Edinburgh in celsius", [call("get_weather_forecast", location="Edinburgh", days=5, unit="celsius")]),
    ("whether forecast for the next three days in Turin", [call("get_weather_forecast", location="Turin", days=3)]),
    ("Find a French restaurant in Lyon and tell me the weather there", [call("find_restaurants", city="Lyon", cuisine="french"), call("get_weather_forecast", location="Lyon")]),
    ("Can you renew my passport?", []),
    ("I loved the food in Naples", []),
    ("How many people live in Canada?", []),
    ("Upgrade my phone contract", []),
)  # fmt: skip
_OFFICE: Sequence[_Line] = (
    ("Create an event called design review tomorrow at 3 pm", [call("create_calendar_event", title="design review", start="2027-03-11T15:00")]),
    ("schedule a meeting with Anna and Ben on Monday at ten thirty for forty five minutes", [call("create_calendar_event", title=_either("meeting", "meeting with Anna and Ben"), start="2027-03-15T10:30", duration_minutes=45, attendees=["Anna", "Ben"])]),
    ("Put lunch with Maria in my calendar on Friday at noon", [call("create_calendar_event", title="lunch with Maria", start="2027-03-12T12:00")]),
    ("add a dentist appointment to my calendar on the 24th of March at quarter past nine", [call("create_calendar_event", title="dentist appointment", start="2027-03-24T09:15")]),
    ("Email Peter saying the contract is signed", [call("send_email", to="Peter", body="the contract is signed")]),
    ("send an email to Julia with subject holidays saying I am away until Monday", [call("send_email", to="Julia", subject="holidays", body="I am away until Monday")]),
    ("write an email to my boss saying I will be late, high priority", [call("send_email", to=_either("boss", "my boss"), body="I will be late", priority="high")]),
    ("send Tom an email that says the train is delayed", [call("send_email", to="Tom", body="the train is delayed")]),
    ("Remind me to call mum tomorrow at 6 pm", [call("set_reminder", text="call mum", remind_at="2027-03-11T18:00")]),
    ("remind me in twenty minutes to take the cake out of the oven", [call("set_reminder", text="take the cake out of the oven", remind_at="2027-03-10T10:00")]),
    ("remind me on Friday at half past four to water the plants", [call("set_reminder", text="water the plants", remind_at="2027-03-12T16:30")]),
    ("I need a reminder to buy stamps the day after tomorrow at nine in the morning", [call("set_reminder", text="buy stamps", remind_at="2027-03-12T09:00")]),
    ("Add a task to fix the printer", [call("create_task", title="fix the printer")]),
    ("create a high priority task called quarterly report due on March 31st", [call("create_task", title="quarterly report", priority="high", due_date="2027-03-31")]),
    ("new task for Kim: update the website by Friday", [call("create_task", title="update the website", assignee="Kim", due_date="2027-03-12")]),
    ("put order new chairs on my todo list with low priority", [call("create_task", title="order new chairs", priority="low")]),
    ("Log three and a half hours on project Apollo", [call("log_time", project="Apollo", hours=3.5)]),
    ("I worked six hours on the Mercury project yesterday", [call("log_time", project="Mercury", hours=6, date="2027-03-09")]),
    ("book two hours on Gemini for today", [call("log_time", project="Gemini", hours=2, date="2027-03-10")]),
    ("log 90 minutes on the website project", [call("log_time", project="website", hours=1.5)]),
    ("Wake me at half past six", [call("set_alarm", time="06:30")]),
    ("set an alarm for 7:15 on Mondays and Wednesdays", [call("set_alarm", time="07:15", days=["monday", "wednesday"])]),
    ("alarm at five to eight every weekday", [call("set_alarm", time="07:55", days=["monday", "tuesday", "wednesday", "thursday", "friday"])]),
    ("set an alarm called gym for six pm on Saturdays", [call("set_alarm", time="18:00", days=["saturday"], label="gym")]),
    ("Start a timer for one hour and twenty minutes", [call("start_timer", hours=1, minutes=20)]),
    ("timer ninety seconds", [call("start_timer", seconds=90)]),
    ("how do you say where is the station in Italian", [call("translate", text="where is the station", language="Italian")]),
    ("translate thank you very much into Japanese", [call("translate", text="thank you very much", language="Japanese")]),
    ("What's Doctor Brown's phone number?", [call("find_contact", name="Doctor Brown")]),
    ("Start a ten minute timer and remind me to stretch at eleven", [call("start_timer", minutes=10), call("set_reminder", text="stretch", remind_at="2027-03-10T11:00")]),
    ("Print the contract twice", []),
    ("The meeting yesterday was long", []),
)  # fmt: skip
_SHOP: Sequence[_Line] = (
    ("Add two blue shirts in large to my cart", [call("add_to_cart", product=_either("shirts", "shirt"), quantity=2, color="blue", size="large")]),
    ("put a black jacket size XL in the cart", [call("add_to_cart", product="jacket", color="black", size="xl", quantity=_either(1, None))]),
    ("add three pairs of socks to the shopping cart", [call("add_to_cart", product=_either("pairs of socks", "socks"), quantity=3)]),
    ("add a toothbrush to my cart", [call("add_to_cart", product="toothbrush", quantity=_either(1, None))]),
    ("Where is my order 88321?", [call("track_order", order_id="88321")]),
    ("track order number A 1 2 3", [call("track_order", order_id=_either("A123", "A 1 2 3"))]),
    ("has order four five six been shipped", [call("track_order", order_id="456")]),
    ("what is the status of order 70015", [call("track_order", order_id="70015")]),
    ("I want to return order 5512 because it is damaged", [call("return_item", order_id=5512, reason="damaged")]),
    ("send back order 981, I changed my mind", [call("return_item", order_id=981, reason="changed_mind")]),
    ("return order twelve it's the wrong size", [call("return_item", order_id=12, reason="wrong_size")]),
    ("please take back order 4040, it was not as described", [call("return_item", order_id=4040, reason="not_as_described")]),
    ("Search for running shoes under 80 euros", [call("search_products", query="running shoes", max_price=80)]),
    ("find a waterproof backpack that is in stock", [call("search_products", query="waterproof backpack", in_stock=True)]),
    ("show me headphones sorted by rating", [call("search_products", query="headphones", sort_by="rating")]),
    ("look for wooden toys for less than fifteen dollars, newest first", [call("search_products", query="wooden toys", max_price=15, sort_by="newest")]),
    ("A large latte with oat milk please", [call("order_coffee", drink="latte", size="large", milk="oat")]),
    ("I'll have a small cappuccino with soy milk and cinnamon", [call("order_coffee", drink="cappuccino", size="small", milk="soy", extras=["cinnamon"])]),
    ("get me a medium americano with three shots and vanilla syrup", [call("order_coffee", drink="americano", size="medium", shots=3, extras=["vanilla_syrup"])]),
    ("one large flat white with almond milk, caramel and whipped cream", [call("order_coffee", drink="flat_white", size="large", milk="almond", extras=["caramel", "whipped_cream"])]),
    ("I have a coupon SPRING20", [call("apply_coupon", code="SPRING20")]),
    ("use the coupon code WELCOME", [call("apply_coupon", code="WELCOME")]),
    ("Deliver it tomorrow in the afternoon", [call("set_delivery", date="2027-03-11", time_slot="afternoon")]),
    ("can you bring my order on Friday evening and leave it at the door", [call("set_delivery", date="2027-03-12", time_slot="evening", leave_at_door=True)]),
    ("delivery on the 15th of March in the morning please", [call("set_delivery", date="2027-03-15", time_slot="morning")]),
    ("I'd like delivery on Saturday morning", [call("set_delivery", date="2027-03-13", time_slot="morning")]),
    ("a small espresso and a large latte", [call("order_coffee", drink="espresso", size="small"), call("order_coffee", drink="latte", size="large")]),
    ("track order 12 and track order 15", [call("track_order", order_id="12"), call("track_order", order_id="15")]),
    ("what are your opening hours", []),
    ("do you like coffee", []),
)  # fmt: skip
_HOME: Sequence[_Line] = (
    ("Turn on the light in the hallway", [call("set_light", room="hallway", on=True)]),
    ("switch the bathroom light off please", [call("set_light", room="bathroom", on=False)]),
    ("dim the bedroom light to twenty percent", [call("set_light", room="bedroom", brightness=20)]),
    ("make the living room light blue and eighty percent bright", [call("set_light", room="living room", color="blue", brightness=80)]),
    ("set the office lights to warm white", [call("set_light", room="office", color="warm_white")]),
    ("turn of the kitchen lights", [call("set_light", room="kitchen", on=False)]),
    ("Set the heating to nineteen and a half degrees", [call("set_thermostat", temperature=19.5)]),
    ("set the thermostat to 24 degrees and cool", [call("set_thermostat", temperature=24, mode="cool")]),
    ("heat to twenty one degrees", [call("set_thermostat", temperature=21, mode=_either("heat", None))]),
    ("put the heating on 18 in auto mode", [call("set_thermostat", temperature=18, mode="auto")]),
    ("Vacuum the kitchen and the hallway", [call("start_vacuum", rooms=["kitchen", "hallway"])]),
    ("clean the living room with turbo power", [call("start_vacuum", rooms=["living room"], power="turbo")]),
    ("let the robot clean the bedroom quietly", [call("start_vacuum", rooms=["bedroom"], power="quiet")]),
    ("could you vacuum the bedroom the kitchen and the living room", [call("start_vacuum", rooms=["bedroom", "kitchen", "living room"])]),
    ("Water the roses for ten minutes", [call("water_garden", zone="roses", minutes=10)]),
    ("water the lawn for half an hour", [call("water_garden", zone="lawn", minutes=30)]),
    ("give the vegetables a quarter of an hour of water", [call("water_garden", zone="vegetables", minutes=15)]),
    ("water the vegtables twenty five minutes", [call("water_garden", zone="vegetables", minutes=25)]),
    ("I ran five kilometers in thirty minutes", [call("log_workout", activity="running", duration_minutes=30, distance_km=5)]),
    ("log an hour of yoga", [call("log_workout", activity="yoga", duration_minutes=60)]),
    ("record a bike ride of twelve point five kilometers in forty minutes", [call("log_workout", activity="cycling", duration_minutes=40, distance_km=12.5)]),
    ("I went swimming for three quarters of an hour", [call("log_workout", activity="swimming", duration_minutes=45)]),
    ("My weight is 72.4 kilos", [call("log_weight", weight=72.4, unit="kg")]),
    ("I weigh a hundred and sixty pounds", [call("log_weight", weight=160, unit="lb")]),
    ("Set a goal of ten thousand steps", [call("set_goal", goal={"metric": "steps", "target": 10000})]),
    ("my goal is a distance of 42 by May 1st", [call("set_goal", goal={"metric": "distance", "target": 42, "deadline": "2027-05-01"})]),
    ("take three photos of the garden with flash", [call("take_photo", camera="garden", count=3, flash=True)]),
    ("take a picture with the front door camera without flash", [call("take_photo", camera="front_door", flash=False, count=_either(1, None))]),
    ("set the volume to thirty percent", [call("set_volume", level=30)]),
    ("Turn on the light in the kitchen and vacuum the hallway", [call("set_light", room="kitchen", on=True), call("start_vacuum", rooms=["hallway"])]),
    ("My neighbour's garden is beautiful", []),
    ("feed the cat", []),
)  # fmt: skip
_ASKED: Sequence[tuple[str, Sequence[str], Sequence[Right]]] = (
    ("car", ["Set the climate control", "twenty degrees"], [call("set_climate", temperature=20)]),
    ("car", ["open a window", "the rear left one", "all the way"], [call("set_window", window="REAR_LEFT", percent_open=100)]),
    ("bank", ["transfer money to Anna", "a hundred and twenty euros"], [call("transfer_money", amount=120, currency="EUR", recipient="Anna")]),
    ("bank", ["I want to transfer some money", "250 dollars", "to my brother"], [call("transfer_money", amount=250, currency="USD", recipient=_either("my brother", "brother"))]),
    ("travel", ["find flights from Paris to Lima", "on the second of June"], [call("search_flights", origin="Paris", destination="Lima", departure_date="2027-06-02")]),
    ("travel", ["I'd like to reserve a table at Bella Vista", "for five", "tomorrow at eight pm"], [call("reserve_table", restaurant="Bella Vista", party_size=5, date_time="2027-03-11T20:00")]),
    ("office", ["set an alarm", "quarter to seven"], [call("set_alarm", time="06:45")]),
    ("office", ["send an email to Nora", "the report is ready"], [call("send_email", to="Nora", body="the report is ready")]),
    ("shop", ["I want to return something", "order 9090", "it's damaged"], [call("return_item", order_id=9090, reason="damaged")]),
    ("shop", ["a cappuccino please", "medium"], [call("order_coffee", drink="cappuccino", size="medium")]),
    ("home", ["water the roses", "a quarter of an hour"], [call("water_garden", zone="roses", minutes=15)]),
    ("home", ["start the vacuum", "the kitchen and the bedroom"], [call("start_vacuum", rooms=["kitchen", "bedroom"])]),
    ("home", ["set the thermostat", "never mind"], []),
    ("bank", ["pay a bill", "forget it"], []),
    ("office", ["set an alarm", "forget about it", "seven"], []),
    ("travel", ["book a hotel in Kyoto", "actually never mind", "thanks"], []),
)  # fmt: skip

_LINES = {"car": _CAR, "bank": _BANK, "travel": _TRAVEL, "office": _OFFICE, "shop": _SHOP, "home": _HOME}
_SINGLE = {kit: [Case(kit, [said], calls) for said, calls in lines] for kit, lines in _LINES.items()}
_SEVERAL = [Case(kit, turns, calls) for kit, turns, calls in _ASKED]


def cases(half: int) -> Sequence[Case]:
    """Half 0 is for development, half 1 is held out."""
    return [case for group in (*_SINGLE.values(), _SEVERAL) for case in group[half::2]]
