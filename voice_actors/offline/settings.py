"""Everything that can be set about the offline server, frozen."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import attrs

from voice_actors.errors import ConfigError
from voice_actors.offline.faults.script import Script
from voice_actors.offline.other_minds.callable_mind import as_mind
from voice_actors.offline.parts import Ears, Mind, Mouth


@attrs.frozen
class Pace:
    """How a reply's audio leaves the server."""

    chunk_ms: int = 200
    """Length of a chunk; the real service was seen to send 160 to 240 ms."""
    burst: float = 1.0
    """Seconds of audio that leave at once."""
    speed: float = 4.0
    """How many seconds of audio leave in each second after the burst."""


@attrs.frozen
class OfflineSettings:
    """One offline server."""

    host: str = "127.0.0.1"
    port: int | None = 0
    """0 takes a free one; None listens on none, for connections in memory."""
    tls: bool = False
    """Serve `https`/`wss` with a certificate of our own, as google-genai's client wants it."""
    api_key: str | None = attrs.field(default=None, repr=lambda key: "None" if key is None else "'***'")
    """Only clients that show this key are let in; must be set where `host` is not loopback."""
    model_profile: str | None = None
    """Follow this model's rules (an id such as gemini-3.8-live), whatever model clients ask for."""
    strict: bool = False
    """Close with 1007 on unknown fields, as the real service does; otherwise they are ignored and logged."""
    ears: Ears | Path | None = None
    """A path is the folder of a Whisper model for CTranslate2, in which a `silero_vad.onnx` replaces the shipped one;
    None is the best that is installed. Loaded when the server opens."""
    mind: Mind | None = attrs.field(default=None, converter=attrs.converters.optional(as_mind))
    """Any object with `respond`, or any callable (`voice_actors.offline.other_minds.callable_mind`)."""
    mouth: Mouth | Path | None = None
    """A path is the ONNX file of one of hibari's voices; None is the best that is installed."""
    pace: Pace = attrs.field(factory=Pace)
    setup_within: float = 10.0
    """Seconds from the connection to its first message."""
    connection_max_age: float | None = None
    """Seconds until a connection is closed by the server, announced by goAway; None never."""
    go_away_notice: float = 50.0
    """Seconds between goAway and the close."""
    record: Path | None = None
    """Record each session into a folder of its own in this one."""
    replay: Path | None = None
    """Serve this recorded session to every client; no parts are needed."""
    replay_instant: bool = False
    """Replay as fast as clients read, instead of in the recording's time."""
    script: Script | None = None
    """What goes wrong, and when; None is nothing."""
    max_connections: int = 64
    """Further ones get HTTP 503."""
    max_message_bytes: int = 16 * 2**20
    """Longer ones are answered with a close, 1009."""
    messages_per_second: float = 1_000.0
    """What a client sends faster, over some seconds, is read later: it is slowed down, and nobody else."""
    bytes_per_second: float = 8.0 * 2**20
    """The same for the size of its messages; speech in real time has 43 kB."""
    idle_within: float = 3_600.0
    """Seconds without a message from the client after which it is let go (1008)."""
    dead_after: float = 120.0
    """Seconds without a byte, not even an answer to a ping, after which a client is taken for gone."""
    session_life: float = 7_200.0
    """Seconds for which an ended session can be resumed."""
    max_sessions: int = 1_000
    """Resumable sessions that are remembered; the one that ended first is forgotten first."""

    def __attrs_post_init__(self) -> None:
        """Refuse what would expose the server or cannot work."""
        if not _is_loopback(self.host) and not self.api_key:
            raise ConfigError(
                f"host {self.host} is not loopback: set api_key (--api-key), so that not everybody can use it"
            )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
