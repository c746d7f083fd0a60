"""A device under its user, with PortAudio's place taken by streams that fail on request."""

from __future__ import annotations

import pytest
import trio

from voice_actors.audio import line as module
from voice_actors.audio.line import RETRY_EVERY, Line, News, kept_open
from voice_actors.errors import DeviceError


class Device:
    """What PortAudio does: opens or refuses, and ends streams."""

    def __init__(self, monkeypatch):
        self.refuses = False
        self.opened = self.closed = self.refreshed = 0
        self.gone = None
        monkeypatch.setattr(module, "open_stream", self._open)
        monkeypatch.setattr(module, "start_afresh", self._refresh)

    def _open(self, kind, device, label, rate, block_ms, callback, gone):
        if self.refuses:
            raise DeviceError("cannot use it: busy", device=label)
        self.opened += 1
        self.gone = gone
        return self

    def _refresh(self):
        self.refreshed += 1

    def start(self): ...

    def close(self):
        self.closed += 1


class User:
    def __init__(self):
        self.lines = []

    def callback(self, *_): ...

    def adapt_to(self, line, stream):
        self.lines.append(line)


def keep(user, news):
    return kept_open(lambda: Line("input", None, "my headset"), 16_000, 20, user, news)


async def test_a_device_that_cannot_be_opened_is_an_error_at_once(monkeypatch):
    """Busy, exclusive, or not there: whoever asked for it learns why, bare."""
    Device(monkeypatch).refuses = True
    with pytest.raises(DeviceError, match="busy"):
        async with keep(User(), News()):
            ...


@pytest.mark.slow
async def test_a_lost_device_is_tried_until_it_opens(monkeypatch):
    """Told once when it is lost and once when it is back, however often it refused in between; PortAudio looks anew."""
    device, user, news = Device(monkeypatch), User(), News()
    async with keep(user, news):
        device.refuses = True
        device.gone()
        lost = await news.next()
        await trio.sleep(2.2 * RETRY_EVERY)
        device.refuses = False
        back = await news.next()
    assert "my headset is gone; was it unplugged?" == lost.lost
    assert back.lost is None
    assert back.away >= 2.2 * RETRY_EVERY
    assert (2, 2) == (device.opened, device.closed)
    assert 2 == len(set(map(id, user.lines)))
    assert device.refreshed >= 3


async def test_the_body_s_own_error_comes_out_as_it_is(monkeypatch):
    """Not in a group, and the device is closed."""
    device = Device(monkeypatch)
    with pytest.raises(ZeroDivisionError):
        async with keep(User(), News()):
            _ = 1 / 0
    assert 1 == device.closed


@pytest.mark.slow
async def test_a_device_that_falls_silent_is_lost_within_a_second(monkeypatch):
    """Nothing fails, but nobody is called any more: counted in looks of the watchdog."""
    device, user, news = Device(monkeypatch), User(), News()
    async with keep(user, news):
        for _ in range(4):
            user.lines[0].callbacks += 1
            await trio.sleep(module.CHECK_EVERY)
        began = trio.current_time()
        assert (await news.next()).lost is not None
        assert 0 < module.SILENT_FOR + module.CHECK_EVERY <= 1.0
        print(f"noticed after {trio.current_time() - began:.2f} s")
    assert device.opened >= 1
