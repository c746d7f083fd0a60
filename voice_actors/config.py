"""Everything that can be set, frozen, and the only place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs

from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.checks import between, count_from, is_number, one_of
from voice_actors.compression import Compression
from voice_actors.deadlines import Deadlines
from voice_actors.errors import ConfigError
from voice_actors.loudspeaker.filler import Filler
from voice_actors.record.budget import Budget
from voice_actors.values import Value

if TYPE_CHECKING:
    from google.genai.types import LiveConnectConfigOrDict

    from voice_actors.messages import ConsentAsked, Event
    from voice_actors.record.prices import Prices

DEFAULT_MODEL = "gemini-3.8-live"
"""The stable Live model of late 2026."""


def _secret(value: str | None) -> str:
    return "None" if value is None else "'***'"


def shown_address(url: str) -> str:
    """Where a URL leads, without what may be a password or a key."""
    before, at, place = url.rpartition("@")
    place, asked, _ = place.partition("?")
    scheme = before.partition("//")[0] + "//" if "//" in before else ""
    return (f"{scheme}***@{place}" if at else place) + (" and a query" if asked else "")


def _address(url: str | None) -> str:
    return "None" if url is None else repr(shown_address(url))


A_SECOND_AT_MOST: Final = between(0, 1_000, "ms")
SOME_SILENCE: Final = between(100, 5_000, "ms")
Echo: TypeAlias = Literal["keep", "cancel", "half-duplex"]
Mode: TypeAlias = Literal["server", "local", "push-to-talk"]
BargeIn: TypeAlias = Literal["one-stage", "two-stage"]
Sync: TypeAlias = Literal["none", "turn", "line"]


@attrs.frozen(eq=False, repr=False)
class Connection(Value):
    """Where the model is and how we prove who we are."""

    api_key: str | None = attrs.field(default=None, repr=_secret)
    """A Gemini API key, or an ephemeral token (`auth_tokens/...`). Sent in a header, never in a URL."""
    vertexai: bool = False
    project: str | None = None
    location: str | None = None
    credentials: Any = attrs.field(default=None, repr=lambda _: "<credentials>")
    """google-auth credentials for Vertex AI; None asks Application Default Credentials. Or an async function that is
    asked at every dial, and gives an API key, an ephemeral token (`auth_tokens/...`) or, for Vertex AI with a project,
    an OAuth access token.
    """
    base_url: str | None = attrs.field(default=None, repr=_address)
    """Another server that speaks the protocol: `https://…`, `wss://…`, or `http://`/`ws://` on loopback."""
    api_version: str | None = None
    """`v1beta` (Developer API) or `v1beta1` (Vertex AI) where not set."""
    ca_file: str | None = None
    """PEM file of certificate authorities to trust instead of the system's."""
    proxy: str | None = attrs.field(default=None, repr=_address)
    """`http://host:port` or `https://…`; None obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY."""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=lambda headers: repr(sorted(headers)))


@attrs.frozen(eq=False, repr=False)
class Cleaning(Value):
    """What is done to the microphone's audio before it is sent."""

    echo: Echo = attrs.field(default="keep", validator=one_of(Echo))
    """`cancel` takes the agent's own voice out (the `aec` extra); `half-duplex` silences the microphone meanwhile."""
    noise: bool = False
    """Suppress steady noise; costs some words where both speak at once. The `aec` extra."""
    gain: bool = False
    """Bring quiet voices up to an even level. The `aec` extra."""


@attrs.frozen(eq=False, repr=False)
class Activity(Value):
    """Who notices when the user speaks, and so when the model listens and answers."""

    mode: Mode = attrs.field(default="server", validator=one_of(Mode))
    """`server`: the service, from the audio. `local`: we do, at the microphone (the `vad` extra; without it by loudness
    alone), and only speech is sent. `push-to-talk`: whoever holds the key, by `agent.start_activity()` and
    `agent.end_activity()`; nothing else is sent."""
    pre_roll_ms: int = attrs.field(default=300, validator=A_SECOND_AT_MOST)
    """So much from before the key was pressed, or the voice was noticed, is sent too: people begin to speak a little
    early."""
    post_roll_ms: int = attrs.field(default=100, validator=A_SECOND_AT_MOST)
    """So much from after it was let go is sent too: people let go within their last syllable."""
    silence_ms: int = attrs.field(default=500, validator=SOME_SILENCE)
    """`local`: so much silence ends what the user says."""
    send_silence: bool = True
    """`server`: False sends speech and a second of what follows, and nothing while the user is silent."""
    barge_in: BargeIn = attrs.field(default="one-stage", validator=one_of(BargeIn))
    """`two-stage`: the user's voice makes the reply step back at once, and it goes on from where it was where that was
    a cough or an "mm-hmm". The microphone must not hear the loudspeaker: headphones, or `Cleaning("cancel")`."""
    confirm_ms: int = attrs.field(default=600, validator=SOME_SILENCE)
    """`two-stage`: so much voice over a reply can be words; less is no interruption, and with `local` is not sent."""

    @property
    def listens(self) -> bool:
        """We look for the user's voice ourselves."""
        return self.mode == "local" or not self.send_silence or self.barge_in == "two-stage"

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigError: silence or two stages where a key decides.
        """
        if self.mode == "push-to-talk" and self.listens:
            raise ConfigError('with "push-to-talk" the key decides: leave out send_silence and barge_in')
        if self.mode == "local" and not self.send_silence:
            raise ConfigError('"local" sends no silence anyway: leave out send_silence')


def _some_days(_instance: object, setting: attrs.Attribute[float | None], value: float | None) -> None:
    if value is not None and not (is_number(value) and value > 0):
        raise ConfigError(f"{setting.name} is {value!r}; it is more than 0 days, or None for ever")


@attrs.frozen(eq=False, repr=False)
class Archive(Value):
    """A folder that keeps every conversation, each in files of its own, which only their owner can read."""

    folder: Path
    """Made where it is not there."""
    keep_days: float | None = attrs.field(default=None, validator=_some_days)
    """Conversations in this folder that were last written to longer ago are removed when a new one begins."""
    sound: bool = False
    """Keep both voices, too."""


@attrs.frozen(eq=False, repr=False)
class AgentConfig(Value):
    """One conversation: the model, what it is told, its tools, and where voices come from and go to."""

    model: str = DEFAULT_MODEL
    instructions: str | None = None
    """The system instruction."""
    voice: str | None = None
    """A prebuilt voice's name, such as Kore or Puck."""
    language: str | None = None
    """BCP-47, such as en-US."""
    tools: Sequence[Any] = ()
    """Functions, LlamaIndex tools, `McpServer`s, and the service's own tools: `google.genai.types.Tool`, or a name such
    as `google_search`."""
    end_call: bool = False
    """The model may end the conversation, by a tool of that name; its farewell is heard to the end."""
    consent: Callable[[ConsentAsked], Awaitable[bool]] | None = None
    """Asked about each call of a tool with `consent="ask"`; only `True` lets it run. None: `agent.answer_consent`."""
    filler: Filler | None = None
    """Heard while a tool works and nobody speaks; None is silence."""
    live: LiveConnectConfigOrDict | None = None
    """Any other setting of the service, as for google-genai's `client.aio.live.connect(config=...)`."""
    microphone: Microphone | str | int | None = None
    """None is the system's default device; a device's name or number; a `.wav` path; or your own `Microphone`."""
    speaker: Loudspeaker | str | int | None = None
    """As `microphone`, for the other direction."""
    connection: Connection | None = None
    """None reads the environment: see `connection_from_environment`."""
    transcript: Path | None = None
    """Append every event, one JSON object a line, to this file; the format is in `voice_actors.record.journal`."""
    transcript_sync: Sync = attrs.field(default="turn", validator=one_of(Sync))
    """When the disk must have it: lines outlive a killed process in any case, synced ones a power cut too."""
    redact: Callable[[Event], Event | None] | None = None
    """Called with each event before it is written to the transcript; gives what may be written, or None. Speech is in
    `UserSaid`, `TextSent`, `AgentSaid` and `TextReceived`, and the agent's once more in `TurnEnded`."""
    recording: Path | None = None
    """Write both voices to this stereo WAV file: user left, agent right as heard, 24 kHz."""
    archive: Archive | None = None
    """Name and keep transcript and recording in a folder, instead of `transcript` and `recording`."""
    chunk_ms: int = attrs.field(default=20, validator=between(10, 100, "ms, which is what the service takes"))
    """Length of a microphone chunk, 10 to 100 ms."""
    cleaning: Cleaning = attrs.field(factory=Cleaning)
    """Echo, noise and level of the microphone."""
    activity: Activity = attrs.field(factory=Activity)
    """Who notices when the user speaks."""
    tell_model_what_was_heard: bool = False
    """After an interruption, tell the model how far the user heard its reply (`HeardTold`), which it believes to have
    said to its end. gemini-3.1 can be told so only together with typed text."""
    compression: Compression | None = attrs.field(factory=Compression)
    """How a conversation that is too long for the model goes on; None ends it. `live` goes before the default."""
    budget: Budget | None = None
    """What the call may spend; then the agent says goodbye, and the call ends."""
    prices: Prices | None = None
    """What tokens cost, to have it in `TurnUsage` and `agent.usage`; the table must have the model."""
    keep_events: int = attrs.field(default=10_000, validator=count_from(0, "how many events stay in memory"))
    """How many events stay in memory for `export_events` and `export_messages`; audio is never among them."""
    deadlines: Deadlines = attrs.field(factory=Deadlines)

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work together.

        Raises:
            ConfigError: two stages of barge-in, and a microphone that is silent while the agent speaks.
        """
        if self.cleaning.echo == "half-duplex" and self.activity.barge_in == "two-stage":
            raise ConfigError("half-duplex silences the microphone while the agent speaks: leave out it or barge_in")


def _truthy(value: str | None) -> bool:
    return (value or "").lower() in {"1", "true", "yes", "on"}


def connection_from_environment(environ: Mapping[str, str] | None = None) -> Connection:
    """Read what google-genai reads: keys, backend, project and base URL.

    `GOOGLE_API_KEY` wins over `GEMINI_API_KEY`, as in google-genai; `GOOGLE_GENAI_USE_VERTEXAI` (or `…_USE_ENTERPRISE`)
    chooses Vertex AI with `GOOGLE_CLOUD_PROJECT` and `GOOGLE_CLOUD_LOCATION`; `GOOGLE_GEMINI_BASE_URL` or
    `GOOGLE_VERTEX_BASE_URL` names another server and `SSL_CERT_FILE` the authorities to trust.
    """
    env = os.environ if environ is None else environ
    vertexai = _truthy(env.get("GOOGLE_GENAI_USE_VERTEXAI")) or _truthy(env.get("GOOGLE_GENAI_USE_ENTERPRISE"))
    return Connection(
        api_key=env.get("GOOGLE_API_KEY", "").strip() or env.get("GEMINI_API_KEY", "").strip() or None,
        vertexai=vertexai,
        project=env.get("GOOGLE_CLOUD_PROJECT") or None,
        location=env.get("GOOGLE_CLOUD_LOCATION") or None,
        base_url=env.get("GOOGLE_VERTEX_BASE_URL" if vertexai else "GOOGLE_GEMINI_BASE_URL") or None,
        ca_file=env.get("SSL_CERT_FILE") or None,
    )


def proxy_from_environment(url: str, environ: Mapping[str, str] | None = None) -> str | None:
    """The proxy that other clients would use for this `https://` or `http://` URL, or None.

    Lower-case names win, as in curl and urllib; NO_PROXY lists hosts or domain suffixes, `*` means none at all. A
    server on this machine is never reached through a proxy.
    """
    from urllib.parse import urlsplit

    env = os.environ if environ is None else environ
    parts = urlsplit(url)
    if parts.hostname in {"localhost", "127.0.0.1", "::1"}:
        return None
    if _bypassed(parts.hostname or "", parts.port, env.get("no_proxy") or env.get("NO_PROXY") or ""):
        return None
    scheme = "https" if parts.scheme in {"https", "wss"} else "http"
    for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"):
        if name == "HTTP_PROXY" and "REQUEST_METHOD" in env:
            continue  # a CGI server sets it from a request header (httpoxy)
        if value := env.get(name):
            return value
    return None


def _bypassed(host: str, port: int | None, no_proxy: str) -> bool:
    for entry in (part.strip().lower() for part in no_proxy.split(",")):
        if entry == "*":
            return True
        name = entry.lstrip(".")
        if name and (host == name or host.endswith("." + name) or f"{host}:{port}" == name):
            return True
    return False


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where this user's cached files live: certificates of the offline server, for one."""
    env = os.environ if environ is None else environ
    if base := env.get("XDG_CACHE_HOME"):
        return Path(base) / "voice-actors"
    if local := env.get("LOCALAPPDATA"):
        return Path(local) / "voice-actors" / "Cache"
    return Path.home() / ".cache" / "voice-actors"
