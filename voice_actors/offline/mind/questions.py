"""What to ask for a value that is missing."""

from __future__ import annotations

import re

from voice_actors.offline.mind.roles import STATE_NAMES, Role, role_of
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import listed
from voice_actors.offline.mind.timely import time_unit


def question_for(wanted: Parameter) -> str:
    """Ask for a parameter by its name, with the choices where they are few."""
    choices = [str(choice).replace("_", " ") for choice in wanted.shape.choices]
    if 1 < len(choices) <= 6:
        return f"Which {wanted.said}? {listed(choices, 'or').capitalize()}?"
    role = role_of(wanted) if wanted.shape.kind in {"string", "any"} else Role.WORD
    if wanted.shape.kind == "boolean":
        return "On or off?" if set(wanted.words) & STATE_NAMES else f"{wanted.said.capitalize()}, yes or no?"
    if wanted.shape.kind in {"integer", "number"}:
        bounds = (
            f" from {low} to {high}"
            if (low := wanted.shape.limits.get("minimum")) is not None
            and (high := wanted.shape.limits.get("maximum")) is not None
            else ""
        )
        counted = re.search(r"(?:number of|how many) (\w+)", wanted.shape.description.lower())
        if counted is not None and not bounds:
            return f"How many {counted.group(1)}?"
        return "For how long?" if time_unit(wanted) else f"What should the {wanted.said} be, as a number{bounds}?"
    match role:
        case Role.PLACE:
            return f"Which {wanted.said} do you mean?"
        case Role.DATE | Role.CLOCK | Role.INSTANT:
            return (
                "At what time?"
                if role is Role.CLOCK
                else "On which day?"
                if role is Role.DATE
                else "When should that be?"
            )
        case Role.MESSAGE | Role.TITLE:
            return f"What should the {wanted.said} be?"
        case Role.PERSON:
            return "Who do you mean?" if set(wanted.words) <= {"to", "who", "name"} else f"Who is the {wanted.said}?"
        case _:
            hint = f", that is, {_hint(wanted)}" if _hint(wanted) else ""
            return f"Which {wanted.said} shall I take{hint}?"


def _hint(wanted: Parameter) -> str:
    words = re.split(r"[.;,(:]", wanted.shape.description)[0].strip()
    short = words[:1].lower() + words[1:]
    short = words if words[1:2].isupper() else short  # "ISO code"
    return short if 0 < len(words.split()) <= 8 and short.lower() != wanted.said else ""
