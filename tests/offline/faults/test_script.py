"""Fault scripts, in Python and in TOML: what is taken, and how a mistake is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.errors import ConfigError
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults import bending, garbage
from voice_actors.offline.faults.files import ACTIONS, load_script, parse_script
from voice_actors.offline.faults.script import CLIENT_MESSAGES, SERVER_MESSAGES, Fault, Script

WHOLE = """
seed = 7

[[fault]]
at = "reply-audio"
nth = 3
times = 0
connections = [1, 2]
resumed = false
chance = 0.5
after = 1
do = "close"
code = 1008
reason = "aborted"

[[fault]]
at = 12.5
do = "stall"
seconds = 2
"""


def test_a_file_says_what_python_says(tmp_path):
    """Every field of a fault, and the fields of its action."""
    path = tmp_path / "faults.toml"
    path.write_text(WHOLE)
    close = Fault(
        "reply-audio",
        f.Close(1008, "aborted"),
        nth=3,
        times=0,
        connections=(1, 2),
        resumed=False,
        chance=0.5,
        after=1,
    )
    assert Script([close, Fault(12.5, f.Stall(2.0))], seed=7) == load_script(path)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_can_be_written_down(name):
    """With its defaults, at a moment that fits it."""
    at = {"refuse": "connection", "ignore": "client-audio"}.get(name, "reply-audio")
    more = 'text = "{}"' if name == "send" else ""
    script = parse_script(f'[[fault]]\nat = "{at}"\ndo = "{name}"\n{more}')
    assert isinstance(script.faults[0].do, ACTIONS[name])


def test_every_action_has_a_name():
    """What Python can say, a file can say."""
    assert set(ACTIONS.values()) == {f.Refuse, f.Ignore, *f.OnConnection.__args__, *f.OnMessage.__args__}
    assert set(f.OnMessage.__args__) == set(f.ON_MESSAGE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[fault", "not TOML"),
        ("seed = 1", r"no \[\[fault\]\]"),
        ("fault = 3", r"no \[\[fault\]\]"),
        ("fault = [3]", "fault 1: is no table"),
        ('seed = "x"\n[[fault]]\nat = "setup"\ndo = "drop"', "seed is 'x'; it has to be a whole number"),
        ('sead = 1\n[[fault]]\nat = "setup"\ndo = "drop"', "sead is no field here; known are seed, fault"),
        ('[[fault]]\ndo = "drop"', "fault 1: at is missing"),
        ('[[fault]]\nat = "setup"', "fault 1: do is missing"),
        ('[[fault]]\nat = "setup"\ndo = "dorp"', "fault 1: do is 'dorp'; known are .*drop"),
        ('[[fault]]\nat = "setup"\ndo = 3', "fault 1: do is 3"),
        ('[[fault]]\nat = "setpu"\ndo = "drop"', "fault 1: at is 'setpu'; known are .*setup"),
        ('[[fault]]\nat = true\ndo = "close"', "fault 1: at is True; it has to be a number"),
        ('[[fault]]\nat = -1\ndo = "close"', "fault 1: at is -1"),
        ('[[fault]]\nat = nan\ndo = "close"', "fault 1: at is nan"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\ncode = 3', "fault 1: code is no field here"),
        ('[[fault]]\nat = "setup"\ndo = "close"\ncode = "x"', "fault 1: code is 'x'; it has to be a whole number"),
        ('[[fault]]\nat = "setup"\ndo = "close"\ncode = true', "fault 1: code is True; it has to be a whole number"),
        ('[[fault]]\nat = "setup"\ndo = "close"\ncode = 1006', "fault 1: code is 1006; .*reset"),
        ('[[fault]]\nat = "setup"\ndo = "close"\ncode = 5', "fault 1: code is 5"),
        (f'[[fault]]\nat = "setup"\ndo = "close"\nreason = "{"ä" * 62}"', "fault 1: reason has 124 bytes"),
        ('[[fault]]\nat = "setup"\ndo = "stall"\nseconds = -1', "fault 1: seconds is -1"),
        ('[[fault]]\nat = "setup"\ndo = "stall"\nseconds = inf', "fault 1: seconds is inf"),
        ('[[fault]]\nat = "setup"\ndo = "deafness"\nseconds = 0', "fault 1: seconds is 0; .* more than 0"),
        ('[[fault]]\nat = "setup"\ndo = "reset"\nmid_frame = 1', "fault 1: mid_frame is 1; it has to be true or false"),
        ('[[fault]]\nat = "setup"\ndo = "garbage"\nform = "x"', "fault 1: form is 'x'; known are malformed"),
        ('[[fault]]\nat = "setup"\ndo = "send"', 'fault 1: text is missing, which do = "send" needs'),
        ('[[fault]]\nat = "setup"\ndo = "duplicate"\ncount = 0', "fault 1: count is 0; it has to be 1 or more"),
        ('[[fault]]\nat = "connection"\ndo = "refuse"\nstatus = 200', "fault 1: status is 200"),
        ('[[fault]]\nat = "connection"\ndo = "close"', 'fault 1: at = "connection" and do = "refuse" belong together'),
        ('[[fault]]\nat = "setup"\ndo = "refuse"', 'fault 1: at = "connection" and do = "refuse" belong together'),
        ('[[fault]]\nat = 3.0\ndo = "reset"\nduring_call = true', "fault 1: during_call goes with a kind of message"),
        (
            '[[fault]]\nat = "connection"\ndo = "refuse"\nresumed = true',
            "fault 1: resumed, during_call, after and nth mean nothing",
        ),
        ('[[fault]]\nat = "client-audio"\ndo = "drop"', "fault 1: at is 'client-audio'; a message can only be changed"),
        ('[[fault]]\nat = "setup"\ndo = "ignore"', "fault 1: at is 'setup'; .* goes with a message of the client"),
        ('[[fault]]\nat = "client-text"\ndo = "ignore"\nafter = 1', "fault 1: .* at once"),
        ('[[fault]]\nat = "tool-response"\ndo = "ignore"\nscheduling = "x"', "fault 1: scheduling is 'x'"),
        ('[[fault]]\nat = 3\ndo = "drop"', "fault 1: at is 3.0; a message can only be changed"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nafter = 3', "fault 1: after cannot be set"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nnth = 0', "fault 1: nth is 0"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\ntimes = -1', "fault 1: times is -1"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nchance = 2', "fault 1: chance is 2; it goes from 0 to 1"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nconnections = 1', "fault 1: connections is 1; it has to be a list"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nconnections = ["1"]', "fault 1: connections is '1'"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\nconnections = [0]', "fault 1: connections are counted from 1"),
        ('[[fault]]\nat = "setup"\ndo = "drop"\n[[fault]]\nat = "setup"\ndo = "x"', "fault 2: do is 'x'"),
    ],
)
def test_a_mistake_is_told_with_file_fault_and_field(tmp_path, text, told):
    """In one line that a person can act on."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told) as caught:
        load_script(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value).strip()


def test_a_file_that_is_not_there_is_told(tmp_path):
    """With its name."""
    with pytest.raises(ConfigError, match=r"nothing\.toml: the fault script cannot be read"):
        load_script(tmp_path / "nothing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"binary\.toml: the fault script cannot be read"):
        load_script(tmp_path / "binary.toml")


entries = st.dictionaries(
    st.sampled_from(["at", "do", "nth", "times", "code", "seconds", "connections", "chance", "form", "count", "x"]),
    st.one_of(
        st.sampled_from([json.dumps(name) for name in (*ACTIONS, *SERVER_MESSAGES, *CLIENT_MESSAGES)]),
        st.integers(-3, 3).map(str),
        st.sampled_from(["nan", "-inf", "[1]", "{}", "[[]]", "true", "1979-05-27"]),
    ),
)


@given(entries)
def test_whatever_is_written_is_a_script_or_a_config_error(entry):
    """Nothing else ever comes out."""
    text = "[[fault]]\n" + "\n".join(f"{key} = {value}" for key, value in entry.items())
    try:
        script = parse_script(text)
    except ConfigError as error:
        assert str(error).startswith("fault script: ")
    else:
        assert len(script.faults) == 1


def test_which_messages_a_fault_waits_for():
    """The nth, or so many from it on, or all."""
    struck = [
        [count for count in range(1, 7) if Fault("setup", f.Drop(), **when).strikes(count)]
        for when in ({}, {"nth": 3}, {"nth": 2, "times": 3}, {"nth": 4, "times": 0})
    ]
    assert struck == [[1], [3], [2, 3, 4], [4, 5, 6]]


def test_scripts_add_up():
    """The faults of both in order, and the first seed that was set."""
    one, other = Script([Fault("setup", f.Drop())]), Script([Fault("usage", f.Drop())], seed=3)
    assert (one + other).faults == (*one.faults, *other.faults)
    assert (one + other).seed == 3
    assert Script(seed=1).seed == (Script(seed=1) + other).seed


def test_a_huge_message_is_as_long_as_it_was_asked_for_and_json():
    """So that only its length is wrong."""
    frame = garbage.huge(2**20)
    assert len(frame) == 2**20
    assert list(json.loads(frame)) == ["serverContent"]


def test_what_is_no_message_any_more_is_left_alone():
    """Faults that change a message can follow one that has destroyed it."""
    for frame in (b'{"serverCon', b"\xff\x00", "17"):
        for change in (bending.with_unknown_fields, bending.without_ids, bending.mirrored):
            assert change(frame) == frame
        assert bending.with_audio(frame, b"\x00\x00") == frame
