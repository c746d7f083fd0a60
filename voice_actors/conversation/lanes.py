"""Who talks to whom in one conversation: every lane, what fits into it, and what happens when it is full."""

from __future__ import annotations

from collections.abc import Mapping

from voice_actors.config import AgentConfig
from voice_actors.lanes import LaneStatistics, Overflow, open_lane
from voice_actors.messages import (
    AudioEvent,
    Command,
    Event,
    MicMessage,
    MicOrder,
    Played,
    SpeakerOrder,
    ToolOrder,
    ToolResult,
)
from voice_actors.turns import Turn

MICROPHONE_MS = 200
"""What the lane from microphone to session holds; older audio makes room."""
PLAYED_BLOCKS = 200
"""What the lane from loudspeaker to microphone holds: two seconds of what was just played; older makes room."""
FACTS = 1_024
"""The lane of facts to the recorder: whoever has one more waits, none is lost."""
AUDIO_EVENTS = 1_024
"""The lane of audio to the recorder: ten seconds of both voices at 20 ms; older audio makes room."""
ORDERS = 16
"""Of each of the lanes between whom somebody asks something and whom it is asked of."""


def room_for(config: AgentConfig) -> int:
    """Chunks in the lane from microphone to session: an activity begins with all of its pre-roll at once."""
    activity = config.activity
    ahead = 0 if activity.mode == "server" and activity.send_silence else activity.pre_roll_ms
    ahead += activity.confirm_ms if activity.barge_in == "two-stage" else 0
    return max((MICROPHONE_MS + ahead) // config.chunk_ms, 2)


class ConversationLanes:
    """Both ends of each; whoever is given an end closes it."""

    def __init__(self, config: AgentConfig) -> None:
        """Open them; a reply's own lane is opened when it begins (see `Reply`)."""
        oldest = Overflow.DROP_OLDEST
        self.facts = open_lane[Event]("facts to recorder", FACTS)
        self.heard = open_lane[AudioEvent]("audio to recorder", AUDIO_EVENTS, oldest)
        self.audio = open_lane[MicMessage]("microphone to session", room_for(config), oldest)
        self.commands = open_lane[Command]("commands to session", ORDERS)
        self.to_microphone = open_lane[MicOrder]("orders to microphone", ORDERS)
        self.played = open_lane[Played]("played to microphone", PLAYED_BLOCKS, oldest)
        self.turns = open_lane[Turn]("turns to speaker", ORDERS)
        self.ducks = open_lane[SpeakerOrder]("ducks to speaker", ORDERS, oldest)
        self.calls = open_lane[ToolOrder]("calls to tools", ORDERS)
        self.results = open_lane[ToolResult]("results to session", ORDERS)

    def statistics(self) -> Mapping[str, LaneStatistics]:
        """Of each, by its name."""
        every = (
            self.facts,
            self.heard,
            self.audio,
            self.commands,
            self.to_microphone,
            self.played,
            self.turns,
            self.ducks,
            self.calls,
            self.results,
        )
        return {figures.name: figures for figures in (lane.into.statistics() for lane in every)}
