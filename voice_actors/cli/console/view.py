"""How a console looks: the state of a conversation as the rows of a screen."""

from __future__ import annotations

import functools

import attrs
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from voice_actors.cli.captions import clean
from voice_actors.cli.console.editor import Editor
from voice_actors.cli.console.entries import Called, Entry, Note, Said
from voice_actors.cli.console.glyphs import Glyphs
from voice_actors.cli.console.meters import Meter
from voice_actors.cli.console.state import State

WIDE = 64
"""Columns from which both meters stand side by side."""
LOUD, TOO_LOUD = 0.7, 0.9
"""Shares of a meter from which it is yellow, and red."""


@attrs.frozen
class Picture:
    """The rows of a screen, as many as it has and none wider, and where the cursor stands in the last."""

    rows: list[Text]
    cursor: int


def picture_of(state: State, editor: Editor, width: int, height: int, glyphs: Glyphs) -> Picture:
    """Draw all of it. What does not fit is left out, the input line last of all."""
    line, cursor = _input_row(editor, width, glyphs)
    head = [*_head(state, width, glyphs), *_sides(state, width, glyphs), _status(state, glyphs)]
    foot = [_keys(state, width)]
    rule = Text(glyphs.rule * width, style="dim")
    if height >= len(head) + 8:
        head, foot = [*head, rule], [rule, *foot]
    room = height - len(head) - len(foot) - 1
    if room < 1:
        head, foot, room = head[: max(height - 2, 0)], [], max(height - 1 - max(height - 2, 0), 0)
    captions = _captions(state, width, room, glyphs)
    rows = [*head, *captions, *[Text()] * (room - len(captions)), *foot, line]
    return Picture([_fitted(row, width, glyphs) for row in rows[-max(height, 1) :]], cursor)


def entry_text(entry: Entry, now: float, glyphs: Glyphs) -> Text:
    """A line of the conversation in one piece."""
    match entry:
        case Said(who="you"):
            text = Text("you: ", style="bold cyan")
            text.append(clean(entry.text.strip()), style="not bold default")
            return text.append(" (typed)", style="not bold dim") if entry.typed else text
        case Said():
            return _reply_text(entry, glyphs)
        case Called():
            return _tool_text(entry, now, glyphs)
        case Note(text=note):
            return Text(note, style="dim italic")


def _reply_text(said: Said, glyphs: Glyphs) -> Text:
    text = Text("agent: ", style="bold green")
    text.append(clean(said.text.strip()), style="not bold default")
    if unheard := clean(said.unheard.strip()):
        text.append(" " if said.text.strip() else "")
        text.append(glyphs.struck(unheard), style="not bold dim strike")
    return text.append(f" {glyphs.cut}", style="bold red") if said.cut else text


def _tool_text(called: Called, now: float, glyphs: Glyphs) -> Text:
    text = Text("tool: ", style="bold magenta")
    text.append(called.call, style="not bold default")
    match called.outcome:
        case "running":
            return text.append(f" {glyphs.running} {now - called.at:.1f} s", style="not bold yellow")
        case "withdrawn":
            return text.append(f" {glyphs.failed} withdrawn", style="not bold dim")
        case "ok":
            text.append(f" {glyphs.done} {called.took_ms:.0f} ms", style="not bold green")
        case outcome:
            text.append(f" {glyphs.failed} {outcome} {called.took_ms:.0f} ms", style="not bold red")
    return text.append(f" {glyphs.gives} {called.answer}", style="not bold dim") if called.answer else text


def _captions(state: State, width: int, room: int, glyphs: Glyphs) -> list[Text]:
    """The newest lines that fit, oldest on top."""
    rows: list[Text] = []
    now = state.clock()
    for entry in reversed(state.entries):
        if len(rows) >= room:
            break
        if shows(entry):
            rows = [*wrapped(entry_text(entry, now, glyphs), width), *rows]
    return rows[len(rows) - room :] if len(rows) > room else rows


def shows(entry: Entry) -> bool:
    """A reply of which nothing was heard yet has no line."""
    return not isinstance(entry, Said) or bool(entry.text.strip() or entry.unheard.strip())


@functools.cache
def _ruler() -> Console:
    """What rich wants to have for wrapping; nothing is printed with it."""
    return Console(width=80, height=25, color_system=None, force_terminal=False, legacy_windows=False)


def wrapped(text: Text, width: int) -> list[Text]:
    """As many rows as it needs."""
    rows = text.wrap(_ruler(), max(width, 2), overflow="fold")
    for row in rows:
        row.rstrip()
    return list(rows)


def _head(state: State, width: int, glyphs: Glyphs) -> list[Text]:
    style, glyph = {
        "connecting": ("yellow", glyphs.away),
        "connected": ("green", glyphs.on),
        "reconnecting": ("bold yellow", glyphs.away),
        "over": ("red", glyphs.failed),
    }[state.link]
    name = Text(state.model, style="bold")
    link = Text(f"{glyph} {state.link}", style=style)
    if state.link_note:
        link.append(f": {state.link_note}" if state.link != "connected" else f", {state.link_note}")
    gap = width - cell_len(name.plain) - cell_len(link.plain)
    if gap < 2:
        return [name, link]
    return [Text.assemble(name, " " * gap, link)]


def _sides(state: State, width: int, glyphs: Glyphs) -> list[Text]:
    speaks = state.who_speaks
    you, agent = speaks in {"you", "both"}, speaks in {"agent", "both"}
    mine = _side("you", state.you, _you_do(state, speaking=you), state, glyphs, lit=you, length=12)
    does = "speaking" if agent else "using a tool" if state.working else "thinking" if state.waiting else "quiet"
    theirs = _side("agent", state.agent, does, state, glyphs, lit=agent, length=12)
    if width < WIDE:
        return [mine, theirs]
    mine.pad_right(max(width // 2 - cell_len(mine.plain), 1))
    return [Text.assemble(mine, theirs)]


def _you_do(state: State, *, speaking: bool) -> str:
    if not state.microphone:
        return "typing"
    if state.muted:
        return "muted"
    if state.push_to_talk:
        return "on air" if state.pressed else "^P talks"
    return "speaking" if speaking else "quiet"


def _side(name: str, meter: Meter, does: str, state: State, glyphs: Glyphs, *, lit: bool, length: int) -> Text:
    """One side's name, its meter, and what it does."""
    full = round(meter.share(state.clock()) * length)
    side = Text(f"{name:<6}", style="bold" if lit else "")
    for place in range(length):
        share = (place + 1) / length
        style = "red" if share > TOO_LOUD else "yellow" if share > LOUD else "green"
        side.append(glyphs.lit if place < full else glyphs.unlit, style=f"not bold {style if place < full else 'dim'}")
    return side.append(f" {does}", style="bold" if lit else "not bold dim")


def _status(state: State, glyphs: Glyphs) -> Text:
    parts = [f"lost: {device}" for device in state.lost]
    if state.latency is not None:
        parts.append(f"reply {state.latency.seconds:.1f} s after {state.latency.after}")
    return Text(f" {glyphs.dot} ".join(parts), style="bold red" if state.lost else "dim")


def _keys(state: State, width: int) -> Text:
    talk = [("^P", "stop" if state.pressed else "talk")] if state.push_to_talk else []
    mute = [("Tab", "unmute" if state.muted else "mute")] if state.microphone else []
    keys = [*talk, ("Esc", "interrupt"), *mute, ("^D", "quit"), ("/help", "")]
    row = Text()
    for key, does in keys:
        part = Text.assemble((key, "bold"), (f" {does}" if does else "", "dim"), "  ")
        if cell_len(row.plain) + cell_len(part.plain.rstrip()) <= width:
            row.append_text(part)
    row.rstrip()
    return row


def _input_row(editor: Editor, width: int, glyphs: Glyphs) -> tuple[Text, int]:
    """The line being typed, moved so that the cursor is seen, and the cursor's column from 0."""
    room = max(width - 3, 1)
    start = 0
    while cell_len(editor.text[start : editor.cursor]) > room:
        start += max((cell_len(editor.text[start : editor.cursor]) - room) // 2, 1)
    row = Text.assemble((f"{glyphs.prompt} ", "bold cyan"), editor.text[start:])
    return row, min(2 + cell_len(editor.text[start : editor.cursor]), max(width - 1, 0))


def _fitted(row: Text, width: int, glyphs: Glyphs) -> Text:
    if cell_len(row.plain) <= width:
        return row
    row = row.copy()
    row.truncate(max(width - cell_len(glyphs.more), 0), overflow="crop")
    return row.append(glyphs.more) if width >= cell_len(glyphs.more) else row
