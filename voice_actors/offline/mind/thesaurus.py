"""Words that mean nearly the same, as people use them when they ask for something to be done."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from voice_actors.offline.mind.lexicon import LANGUAGES, bag, words
from voice_actors.offline.mind.text import stem

Intent: TypeAlias = Literal["read", "create", "remove", "change", "act"]

_GROUPS: Final = tuple(
    frozenset(stem(word) for word in line.split())
    for line in """
    weather forecast temperature rain rainy raining snow snowing sunny umbrella windy humid climate cloudy storm degrees
    light lamp bulb lighting brightness brighter bright dim darker dark illuminate
    timer countdown
    alarm wake
    remind reminder
    calendar meeting appointment event schedule agenda
    message text sms
    email mail e-mail
    call phone ring dial telephone
    stock share ticker
    price cost worth quote trading rate
    music song track tune playlist album play
    volume loud louder quiet quieter sound
    search google lookup web internet online
    convert conversion converter exchange unit
    currency money exchange
    translate translation translator
    order buy purchase
    book reserve reservation booking
    restaurant dinner eat
    hotel accommodation
    flight fly plane airline
    train rail
    news headline
    thermostat heating heater heat temperature warmer cooler colder
    door lock unlock
    note memo
    task todo chore
    shopping grocery groceries
    recipe cook
    definition define dictionary meaning
    direction route navigate navigation
    distance far
    population inhabitant people
    dice die roll
    coin flip toss
    photo picture image camera
    balance account
    package parcel delivery shipment tracking track
    customer client
    movie film cinema
    tv television
    battery charge
    pizza pizzeria
    cancel stop delete remove clear erase
    human person agent representative operator
    transfer wire send remit move money
    money cash
    charge charger charging plug
    charge battery
    transaction payment purchase spending booking
    bicycle bike cycle ride
    run jog sprint
    swim pool
    walk hike stroll
    vacuum hoover clean sweep
    food restaurant eat cuisine dinner lunch
    weigh weight
    navigate route drive destination guidance
    rent rental hire
    block freeze lock suspend
    climate conditioning temperature degrees
    coupon voucher promo discount
    departure depart leave
    arrival arrive
    deliver delivery
    log record track
    reserve table
    photo snapshot
    appointment consultation
    water irrigate sprinkle
    guest people person visitor
    mum mom mother
    dad father
    car vehicle
    clean tidy
    spend spending budget
    open unlock
    close shut
    expense receipt
    ticket issue bug
    ship shipping shipped
    shoe sneaker
    exercise workout training
    blind shutter curtain
    tell inform notify
    station point
    """.strip().splitlines()
)
_LANGUAGES: Final = "|".join(sorted(LANGUAGES))
PHRASES: Final = tuple(
    (re.compile(pattern), stem(word), {"price": 0.5, "money": 0.4}.get(word, 1.0))
    for pattern, word in (
        (r"\bhow much (?:is|are|does|do)\b", "price"),
        (r"\b(?:look(?:ing)? up|look .{1,40} up$|find out|search for)\b", "search"),
        (
            (
                rf"\bhow (?:do|would|can|could|should) (?:you|i|we) say\b|\bwhat is .{{1,40}} in (?:{_LANGUAGES})\b"
                rf"|\b(?:{_LANGUAGES}) (?:word |translation )?(?:for|of)\b"
            ),
            "translate",
        ),
        (r"\bwake me\b|\bget me (?:up|out of bed)\b", "alarm"),
        (r"\bhow (?:hot|cold|warm|windy|wet) (?:is|will)\b|\b(?:is|will) it (?:be )?(?:hot|cold|warm)\b", "weather"),
        (r"\bhow far\b", "distance"),
        (
            (
                r"\b(?:like|cold|hot|warm|wet|dry|nice|freezing|chilly) (?:outside|out)\b"
                r"|\bneed a (?:coat|jacket|raincoat)\b"
            ),
            "weather",
        ),
        (r"\bhear (?:some|something|a song|a track|anything)\b|\blisten to (?!me\b|you\b|us\b|this\b|that\b)", "music"),
        (r"^(?:find|look for) \w+$|^(?:find|look for) (?:me |us )?(?:an?|some) ", "search"),
        (r"^put on (?:some|something|a bit of|anything)\b", "music"),
        (r"^(?:tell|ask|let) (?!me\b|us\b|a\b|the\b|you\b)\w+ (?!about\b)\w+", "message"),
        (r"\bhow do (?:i|we|you) get (?:to|from)\b", "direction"),
        (r"\b(?:take|drive|bring|get|guide) (?:me|us) (?:to|home)\b|^(?:drive|go) (?:to|home)\b", "navigate"),
        (r"\b(?:want|need|would like|have) to (?:go|get|drive) to\b", "navigate"),
        (r"\bhow much (?:money )?(?:do (?:i|we) have|is (?:left )?(?:in|on)|have i got)\b", "balance"),
        (r"\b(?:not|no|never) (?:want to )?(?:\w+ )?(?:more|longer) than\b", "limit"),
        (
            (
                r"(?:[$€£¥] ?\d|\b(?:\d+|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
                r" (?:us |american |canadian |swiss )?(?:euros?|dollars?|pounds|bucks|francs|kronor|kroner|rupees)\b)"
            ),
            "money",
        ),
        (r"\bturn (?:it|this|that) (?:up|down)\b", "volume"),
        (r"\b(?:send|take|bring|give) (?:it |this |that |them )?back\b", "return"),
        (r"\b(?:wake up|get up) (?:call|time)\b", "alarm"),
        (r"\bdo not (?:let me )?forget to\b", "remind"),
    )
)
"""Turns of phrase that say a word without using it, and how surely they do."""
_INTENTS: Final[dict[Intent, frozenset[str]]] = {
    "read": bag(
        """
    get show list tell check read find fetch look lookup what which who whose how when where is are do does
    will retrieve query search describe view see display calculate compute convert translate define count
    estimate return track give any did was were has have google browse consult know
    """,
    ),
    "create": bag(
        """
    create add make new schedule start begin put insert book reserve set register remind save
    """,
    ),
    "remove": bag(
        """
    remove delete cancel clear erase drop unset disable dismiss end stop unsubscribe
    """,
    ),
    "change": bag(
        """
    change update modify edit set move reschedule adjust turn switch toggle rename control increase decrease
    raise lower dim enable disable put make open close lock unlock
    """,
    ),
    "act": bag(
        """
    send play order talk connect call roll flip open close lock unlock run execute text message email phone post buy
    purchase launch invite share ring dial pay transfer print say speak toss pause resume skip
    """,
    ),
}
GENERIC: Final = frozenset(
    stem(word)
    for word in words(
        """
    get set show list tell check read find fetch retrieve query create add make new remove delete update
    change do run execute perform return give put view see display use control handle manage tool function
    api current currently given specified provided user value information info data detail result based name
    number string optional required e.g example one specific particular certain available call called this
    returns turn switch lookup look for me another one two three several between more
    """,
    )
)


@lru_cache(maxsize=8192)
def groups_of(word_stem: str) -> frozenset[int]:
    """The groups of like words that a stem belongs to."""
    return frozenset(place for place, group in enumerate(_GROUPS) if word_stem in group)


def alike(left: str, right: str) -> bool:
    """Whether two stems are the same word or nearly mean the same."""
    return left == right or bool(groups_of(left) & groups_of(right)) or _derived(left, right)


_ENDINGS: Final = frozenset(["y", "ly", "er", "or", "ment", "al", "ity", "ness", "s", "ery", "able"])


@lru_cache(maxsize=8192)
def _derived(left: str, right: str) -> bool:
    """Whether one stem is the other with an ending: "deliver" and "delivery", "quiet" and "quietly"."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 5 and long.startswith(short) and long[len(short) :] in _ENDINGS


def intents_of(verb: str) -> frozenset[Intent]:
    """What a verb wants done: reading, making, removing, changing or acting; several where it may be any of them."""
    return frozenset(intent for intent, verbs in _INTENTS.items() if verb in verbs or verb.removesuffix("s") in verbs)
