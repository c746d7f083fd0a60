"""From a device's losses to events."""

from __future__ import annotations

import trio
import trio.testing

from voice_actors import messages as m
from voice_actors.audio.device_news import tell_changes
from voice_actors.audio.ends import DeviceChange
from voice_actors.audio.line import News
from voice_actors.lanes import open_lane


class Stream:
    def __init__(self):
        self.news = News()
        self.next_change = self.news.next


async def test_a_loss_and_a_return_are_events(autojump_clock):
    """With the device's name, the reason, and how long it was gone; what has to be done at a loss is done first."""
    stream, done = Stream(), []

    async def pause():
        await trio.sleep(0)
        done.append("paused")

    facts, told = open_lane[m.Event]("facts", 10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tell_changes, stream, "my headset", facts, pause)
        stream.news.tell(DeviceChange(lost="unplugged"))
        stream.news.tell(DeviceChange(away=2.5))
        lost, back = await told.receive(), await told.receive()
        nursery.cancel_scope.cancel("seen")
    assert ("my headset", "unplugged") == (lost.device, lost.reason)
    assert ("my headset", 2.5) == (back.device, back.away)
    assert ["paused"] == done


async def test_news_that_nobody_reads_make_room(autojump_clock):
    """A device that comes and goes all day does not fill the memory; the newest is kept."""
    stream = Stream()
    for number in range(1_000):
        stream.news.tell(DeviceChange(away=float(number)))
    newest = 0.0
    with trio.move_on_after(1):
        while True:
            newest = (await stream.news.next()).away
    assert 999.0 == newest
