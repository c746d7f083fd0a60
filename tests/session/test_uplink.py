"""What the session's writers say, and which of several errors is told."""

from __future__ import annotations

import json

import attrs
import pytest
import trio

from voice_actors.broadcast import Tap, Wanted
from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import open_lane
from voice_actors.messages import (
    AudioChunk,
    AudioEvent,
    Event,
    MicrophoneEnded,
    MicrophonePaused,
    StopReply,
    TextSent,
    ToolResult,
    TypedText,
)
from voice_actors.session.uplink import UnderWay, Uplink, encode_command, encode_result, one_error


async def test_what_was_taken_and_not_sent_is_taken_again():
    """By whoever asks next; and only then comes the lane's next message."""
    send, lane = open_lane[int]("numbers", 3)
    for number in (1, 2):
        send.send_nowait(number)
    send.close()
    under_way = UnderWay[int]()
    assert [1, 1] == [await under_way.take(lane), await under_way.take(lane)]
    under_way.sent()
    assert 2 == await under_way.take(lane)
    under_way.sent()
    with pytest.raises(trio.EndOfChannel):
        await under_way.take(lane)


async def test_a_message_that_comes_while_the_taker_is_cancelled_is_not_lost(autojump_clock):
    """It is still in the lane."""
    send, lane = open_lane[int]("numbers", 1)
    under_way = UnderWay[int]()
    with trio.move_on_after(1):
        await under_way.take(lane)
    send.send_nowait(1)
    assert 1 == await under_way.take(lane)


@pytest.mark.parametrize("model", ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.8-live"])
def test_typed_text_takes_the_way_of_its_model(model):
    """Whatever the way, the words are in it, as they are."""
    frame = encode_command(TypedText('say "hi"\n'), capabilities(model))
    message = json.loads(frame)
    print(frame)
    assert {capabilities(model).text_via} == set(message)
    assert 'say "hi"\n' in list(_leaves(message))


def _leaves(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


@pytest.mark.parametrize("model", ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.1-flash-live-preview"])
def test_a_reply_is_stopped_where_the_model_has_words_for_it(model):
    """The others are only silenced at the loudspeaker."""
    able = capabilities(model)
    assert able.can_stop_by_client_content == (encode_command(StopReply(), able) is not None)


class Ids:
    def wire_id(self, call):
        return {"ours": None}.get(call, f"wire-{call}")


def test_a_result_goes_out_under_the_id_that_the_server_knows():
    """And without one where the server gave none."""
    [answer] = json.loads(encode_result(ToolResult("c", "f", {"result": 1}), Ids()))["toolResponse"][
        "functionResponses"
    ]
    assert ("wire-c", "f", {"result": 1}) == (answer["id"], answer["name"], answer["response"])
    [answer] = json.loads(encode_result(ToolResult("ours", "f", {}), Ids()))["toolResponse"]["functionResponses"]
    assert "id" not in answer


LOST, TOLD = LinkLost("lost", code=1006), LinkLost("told", code=1011, reason="Internal error")
BARE = LinkLost("lost")
REFUSED, NONSENSE, BUG = Refused("no"), RemoteProtocolError("nonsense"), ZeroDivisionError()


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([LOST], LOST),
        ([LOST, TOLD], TOLD),
        ([TOLD, LOST], TOLD),
        ([BARE, LOST], LOST),
        ([LOST, BARE], LOST),
        ([LOST, REFUSED], REFUSED),
        ([LOST, NONSENSE], NONSENSE),
        ([NONSENSE, REFUSED], REFUSED),
        ([ExceptionGroup("", [LOST]), ExceptionGroup("", [REFUSED, LOST])], REFUSED),
        ([BUG], BUG),
    ],
)
def test_of_several_errors_the_one_that_says_most_is_told(errors, expected):
    """A link's readers and writers fail together, for one reason."""
    with pytest.raises(type(expected)) as caught, one_error():
        raise ExceptionGroup("", errors)
    assert expected is caught.value


def test_a_bug_beside_a_lost_link_is_not_hidden():
    """Both are told."""
    with pytest.raises(ExceptionGroup) as caught, one_error():
        raise ExceptionGroup("", [LOST, BUG])
    assert {LOST, BUG} == set(caught.value.exceptions)


async def test_a_cancellation_wins_over_a_link_that_fails_meanwhile():
    """Whoever left does not want to hear of it, and nothing is raised outside."""

    async def fail_late():
        try:
            await trio.sleep_forever()
        finally:
            raise LinkLost("while leaving")

    with trio.CancelScope() as scope, one_error():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_late)
            nursery.start_soon(trio.sleep_forever)
            scope.cancel()
    assert scope.cancelled_caught


async def test_what_is_said_again_is_recorded_once(autojump_clock):
    """And what is out is told: a text, and the microphone's end, but no pause of it."""
    facts, told = open_lane[Event]("facts", 10)
    audio, heard = open_lane[AudioEvent]("audio", 10)
    uplink = Uplink(capabilities("gemini-3.8-live"), facts, Tap(audio, Wanted(1)))
    frames: list[str] = []

    async def send(frame):
        await trio.lowlevel.checkpoint()
        frames.append(frame)

    async def link():
        with trio.move_on_after(1):
            await uplink.send(send)

    uplink.ring.hear(AudioChunk(bytes(640), 1.0))
    await link()
    uplink.ring.link_gone(broke=True)
    uplink.ring.hear(MicrophonePaused())
    await uplink.ring.write(TypedText("hi"))
    uplink.ring.hear(MicrophonePaused(ended=True))
    await link()
    assert frames[0] == frames[1]
    assert 1 == heard.statistics().waiting
    assert [TextSent(text="hi", at=0.0), MicrophoneEnded(at=0.0)] == [
        attrs.evolve(told.receive_nowait(), at=0.0) for _ in range(told.statistics().waiting)
    ]
