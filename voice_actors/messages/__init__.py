"""The words that actors say to each other and to the embedding program: frozen, nouns or past tense, no behaviour.

The first part travels in the lanes between actors. The second part, `Event`, is what happened: it goes to the
TranscriptRecorder, and from there to whoever reads `agent.events()`. Every event carries `at`, seconds on trio's clock.
"""

from __future__ import annotations

from typing import TypeAlias

from voice_actors.messages.call import (
    AudioLost,
    Connected,
    DeviceBack,
    DeviceLost,
    Disconnected,
    Ended,
    GoingAway,
    Lagged,
    MicrophoneEnded,
    Muted,
    Oddity,
    RecordingEnded,
    RecordingStarted,
    ServerNotice,
    Updated,
    UsageReported,
)
from voice_actors.messages.orders import (
    AnswerConsent,
    AudioChunk,
    BargeIn,
    CallTool,
    CancelTool,
    ChangeTools,
    Command,
    Duck,
    MicMessage,
    MicOrder,
    MicrophonePaused,
    Played,
    PlayFiller,
    RotateLink,
    SetMuted,
    SetPlaying,
    SetPressed,
    SpeakerOrder,
    StopFiller,
    StopReply,
    ToolOrder,
    ToolResult,
    TypedText,
    Unduck,
    UpdateSession,
    Written,
)
from voice_actors.messages.speech import (
    ActivityEnded,
    ActivityStarted,
    AgentSaid,
    AudioHeard,
    AudioReceived,
    AudioSent,
    FillerHeard,
    HeardTold,
    ReplyDucked,
    SpeechDetected,
    TextReceived,
    TextSent,
    TurnEnded,
    TurnGenerated,
    TurnInterrupted,
    TurnLatency,
    TurnStarted,
    UserSaid,
)
from voice_actors.messages.spending import BudgetSpent, BudgetWarning, TurnUsage
from voice_actors.messages.tool_calls import (
    ConsentAsked,
    ConsentGiven,
    ConsentRefused,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    ToolToldInWords,
    ToolWithdrawn,
)

AudioEvent: TypeAlias = AudioSent | AudioReceived | AudioHeard
Event: TypeAlias = (
    RecordingStarted
    | RecordingEnded
    | Connected
    | Disconnected
    | GoingAway
    | AudioSent
    | AudioReceived
    | AudioHeard
    | TextSent
    | TextReceived
    | UserSaid
    | AgentSaid
    | SpeechDetected
    | ActivityStarted
    | ActivityEnded
    | ReplyDucked
    | TurnStarted
    | TurnGenerated
    | TurnInterrupted
    | TurnEnded
    | TurnLatency
    | TurnUsage
    | BudgetWarning
    | BudgetSpent
    | FillerHeard
    | ToolCalled
    | ConsentAsked
    | ConsentGiven
    | ConsentRefused
    | ToolReported
    | ToolAnswered
    | ToolWithdrawn
    | ToolToldInWords
    | HeardTold
    | Updated
    | Muted
    | DeviceLost
    | DeviceBack
    | MicrophoneEnded
    | AudioLost
    | UsageReported
    | ServerNotice
    | Oddity
    | Ended
    | Lagged
)

__all__ = [
    "ActivityEnded",
    "ActivityStarted",
    "AgentSaid",
    "AnswerConsent",
    "AudioChunk",
    "AudioEvent",
    "AudioHeard",
    "AudioLost",
    "AudioReceived",
    "AudioSent",
    "BargeIn",
    "BudgetSpent",
    "BudgetWarning",
    "CallTool",
    "CancelTool",
    "ChangeTools",
    "Command",
    "Connected",
    "ConsentAsked",
    "ConsentGiven",
    "ConsentRefused",
    "DeviceBack",
    "DeviceLost",
    "Disconnected",
    "Duck",
    "Ended",
    "Event",
    "FillerHeard",
    "GoingAway",
    "HeardTold",
    "Lagged",
    "MicMessage",
    "MicOrder",
    "MicrophoneEnded",
    "MicrophonePaused",
    "Muted",
    "Oddity",
    "PlayFiller",
    "Played",
    "RecordingEnded",
    "RecordingStarted",
    "ReplyDucked",
    "RotateLink",
    "ServerNotice",
    "SetMuted",
    "SetPlaying",
    "SetPressed",
    "SpeakerOrder",
    "SpeechDetected",
    "StopFiller",
    "StopReply",
    "TextReceived",
    "TextSent",
    "ToolAnswered",
    "ToolCalled",
    "ToolOrder",
    "ToolReported",
    "ToolResult",
    "ToolToldInWords",
    "ToolWithdrawn",
    "TurnEnded",
    "TurnGenerated",
    "TurnInterrupted",
    "TurnLatency",
    "TurnStarted",
    "TurnUsage",
    "TypedText",
    "Unduck",
    "UpdateSession",
    "Updated",
    "UsageReported",
    "UserSaid",
    "Written",
]
