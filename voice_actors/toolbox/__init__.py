"""From functions to tools: what is declared to the model, how its arguments are read, how answers are written."""

from __future__ import annotations

from voice_actors.toolbox.arguments import BadArguments
from voice_actors.toolbox.declare import Tool, declare
from voice_actors.toolbox.decorator import tool
from voice_actors.toolbox.options import ToolOptions
from voice_actors.toolbox.results import LARGEST_RESPONSE, Result, ToolFailed, encode, encode_error, leaves_of
from voice_actors.toolbox.room import Room
from voice_actors.toolbox.toolbox import Toolbox

__all__ = [
    "LARGEST_RESPONSE",
    "BadArguments",
    "Result",
    "Room",
    "Tool",
    "ToolFailed",
    "ToolOptions",
    "Toolbox",
    "declare",
    "encode",
    "encode_error",
    "leaves_of",
    "tool",
]
