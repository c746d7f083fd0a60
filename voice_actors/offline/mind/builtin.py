"""The mind that comes with the offline server: rules, no model, and no pretence."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs

from voice_actors.offline.mind.arithmetic import answer_sum
from voice_actors.offline.mind.clock import answer_clock
from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.following import OFFER, asks, plan_dialogue
from voice_actors.offline.mind.memory import acknowledge, facts_in, facts_of
from voice_actors.offline.mind.moods import asks_nothing, is_question, is_told
from voice_actors.offline.mind.phrasing import ability, tell
from voice_actors.offline.mind.plans import Plan
from voice_actors.offline.mind.profiles import Profile, profile
from voice_actors.offline.mind.recall import Past, answer_recall
from voice_actors.offline.mind.schema import Tool
from voice_actors.offline.mind.small_talk import Persona, answer_small_talk, read_persona
from voice_actors.offline.mind.stories import answer_at_length
from voice_actors.offline.mind.text import Utterance, listed, one_of, read, sentence
from voice_actors.offline.parts import AgentTurn, Answered, Called, Dialogue, Say, Sight, Thought, UserTurn

_GO_ON = re.compile(
    r"^(?:please )?(?:go on|continue|keep going|carry on|and then(?: what)?|what happened next|go ahead)$"
)
_BEYOND = (
    "I am only the offline stand-in for Gemini, and I cannot answer that.",
    "That is beyond me: I am the offline stand-in for Gemini.",
    "I do not know. I am just the offline stand-in for Gemini.",
)
_CAN = (
    "I can do sums, tell the time, and remember what you tell me.",
    "Ask me for a sum, the date, or what you told me before.",
    "But I can chat a little, calculate, and tell the time.",
)
_HEARD = (
    "I see. As the offline stand-in for Gemini I can say little to that.",
    "I hear you, but I am only the offline stand-in for Gemini.",
    "All right. That is more than an offline stand-in can talk about.",
)
"""What one answers to something told that asks for nothing."""
_NAMED = 4
"""So many functions are named where what was asked for is none of them."""
_MORE = re.compile(
    r"^(?:(?:tell|give|show|sing|read) me |do |and )?(?:another|one more|some more|more)(?: (?:one|joke"
    r"|story|time|of those))?$|^again$"
)
_UNCLEAR = ("Sorry, I did not catch that.", "Sorry, could you say that again?")


def local_now() -> datetime:
    """The time now, in the local time zone."""
    return datetime.now().astimezone()


@attrs.frozen
class BuiltinMind:
    """A small mind that answers at once: small talk, sums, the calendar, memory, and the declared functions."""

    now: Callable[[], datetime] = local_now
    """What the time is; with a time zone, if times elsewhere are to be right."""

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """The next thoughts, sentence by sentence; none where there is nothing to answer."""
        for thought in self.think(dialogue):
            yield thought

    def think(self, dialogue: Dialogue) -> Sequence[Thought]:
        """All that `respond` says, at once."""
        profiles = _profiles(dialogue.functions)
        tools = [each.tool for each in profiles]
        if dialogue.entries and isinstance(dialogue.entries[-1], Answered):
            return [Say(text) for text in _tell_answers(dialogue, tools, profiles, self.now())]
        if not any(isinstance(entry, UserTurn) for entry in dialogue.entries):
            return []
        return _Turn(dialogue, tools, profiles, self.now()).thoughts()


def _profiles(functions: Sequence[Mapping[str, Any]]) -> Sequence[Profile]:
    """The declared functions, read once for as long as they stay the same: a conversation asks for them each turn."""
    try:
        return _read_profiles(json.dumps(list(functions)))
    except (TypeError, ValueError):  # no plain JSON: nothing that came over a wire
        return [profile(tool) for tool in read_tools(functions)]


@lru_cache(maxsize=16)
def _read_profiles(declarations: str) -> Sequence[Profile]:
    return tuple(profile(tool) for tool in read_tools(json.loads(declarations)))


def _tell_answers(
    dialogue: Dialogue, tools: Sequence[Tool], profiles: Sequence[Profile], now: datetime
) -> Iterable[str]:
    """Read out the answers that came last, then ask what an unfinished request still needs."""
    entries = list(dialogue.entries)
    known = {entry.id: entry.args for entry in entries if isinstance(entry, Called)}
    first = len(entries)
    while first and isinstance(entries[first - 1], Answered):
        first -= 1
    for entry in entries[first:]:
        if isinstance(entry, Answered):
            tool = next((one for one in tools if one.name == entry.name), None)
            yield from tell(entry.name, known.get(entry.id, {}), entry.response, tool)
    last = max((at for at, entry in enumerate(entries) if isinstance(entry, UserTurn)), default=None)
    if last is None:
        return
    said = " ".join(entry.text for entry in entries[last:] if isinstance(entry, AgentTurn))
    left = plan_dialogue(attrs.evolve(dialogue, entries=entries[: last + 1]), profiles, now).open
    yield from (one.question for one in left[:1] if not asks(said, one.question))


@attrs.frozen
class _Turn:
    """One user turn that has to be answered, and all that led to it."""

    dialogue: Dialogue
    tools: Sequence[Tool]
    profiles: Sequence[Profile]
    now: datetime

    @property
    def turns(self) -> list[str]:
        return [entry.text for entry in self.dialogue.entries if isinstance(entry, UserTurn)]

    @property
    def past(self) -> Past:
        agent = [entry.text for entry in self.dialogue.entries if isinstance(entry, AgentTurn) and entry.text]
        return Past(self.turns[:-1], agent)

    @property
    def seed(self) -> int:
        return zlib.crc32(self.turns[-1].lower().encode()) % 9973 + 7 * len(self.turns)

    @property
    def persona(self) -> Persona:
        name, brief = read_persona(self.dialogue.instructions)
        user = next((fact.value for fact in reversed(self.past.facts) if fact.key == frozenset({"name"})), "")
        return Persona(name, brief, [ability(tool) for tool in self.tools], user)

    def thoughts(self) -> list[Thought]:
        """What to say and call."""
        utterance = read(self.turns[-1])
        if utterance.plain in {"", "you"} or not re.search(
            r"\w", utterance.plain
        ):  # "you" is what the recogniser makes of a click
            return [Say(one_of(_UNCLEAR, self.seed))]
        if _GO_ON.match(utterance.plain) and (rest := self._continued()):
            return [Say(text) for text in rest]
        if _MORE.match(utterance.plain) and (again := self._once_more()):
            return [Say(text) for text in again]
        planned = plan_dialogue(self.dialogue, self.profiles, self.now)
        if planned.calls or planned.open:
            return self._act(planned)
        if (known := self.known(utterance)) is not None:
            return [Say(text) for text in known]
        return [Say(text) for text in self._unknown(planned)]

    def _act(self, planned: Plan) -> list[Thought]:
        said = [Say(text) for part in planned.rest for text in self.known(read(_text(part))) or []]
        asked = [] if planned.calls else [Say(one.question) for one in planned.open[:1]]
        return [*said, *planned.calls, *asked]

    def known(self, utterance: Utterance) -> list[str] | None:
        """The answer of the first ability that has one."""
        persona, seed = self.persona, self.seed
        long = answer_at_length(utterance, persona, seed)
        if long is not None:
            return long
        if facts_in(utterance.text) and (both := self._several(utterance, None)) is not None:
            return both
        recalled = answer_recall(utterance, self.past)
        if recalled is not None:
            return [recalled]
        computed = answer_sum(utterance) or answer_clock(utterance, self.now)
        if computed is not None:
            return [computed]
        small = answer_small_talk(utterance, persona, self._sights(), seed)
        return self._several(utterance, small) or self._noted(utterance) or small or self._pieces(utterance)

    def _several(self, utterance: Utterance, small: list[str] | None) -> list[str] | None:
        """Several sentences in one turn: "Hi. What is 3 plus 4?" is answered to its last question."""
        starts = [at for at, word in enumerate(utterance.words) if word.first and at]
        if not starts:
            return None
        spans = zip([0, *starts], [*starts, len(utterance.words)], strict=True)
        parts = [_text(utterance.part(a, b)) for a, b in spans][:4]
        answers = [self._at(*parts[: at + 1]).known(read(part)) for at, part in enumerate(parts)]
        found = [answer for answer in answers if answer is not None]
        told = facts_in(utterance.text) and not (answers[-1] and is_question(read(parts[-1]).plain))
        return (
            None
            if told or len(found) < 1 or (small is not None and len(found) < 2)
            else [text for answer in found for text in answer]
        )

    def _pieces(self, utterance: Utterance) -> list[str] | None:
        """What a comma parts: "good evening, nice to meet you" is answered if its last piece is."""
        cuts = [at for at, word in enumerate(utterance.words[:-1], 1) if word.pause][:3]
        spans = zip([0, *cuts], [*cuts, len(utterance.words)], strict=True)
        answers = [self.known(utterance.part(a, b)) for a, b in spans] if cuts else []
        return [text for answer in answers for text in answer or []] if answers and answers[-1] else None

    def _at(self, *parts: str) -> _Turn:
        """The same turn, as if its parts had been turns of their own."""
        last = max(at for at, entry in enumerate(self.dialogue.entries) if isinstance(entry, UserTurn))
        entries = [*self.dialogue.entries[:last], *(UserTurn(part) for part in parts)]
        return attrs.evolve(self, dialogue=attrs.evolve(self.dialogue, entries=entries))

    def _once_more(self) -> list[str]:
        """Another one of what the turn before asked for: a joke, a story."""
        before = [text for text in self.turns[:-1] if not _MORE.match(read(text).plain)][-1:]
        return (self._at(*before).known(read(before[0])) or []) if before else []

    def _noted(self, utterance: Utterance) -> list[str] | None:
        last = facts_of(self.turns[:-1])
        told = facts_in(utterance.text, last[-1] if last else None)
        return [acknowledge(fact) for fact in told] or None

    def _sights(self) -> int:
        return sum(isinstance(entry, Sight) for entry in self.dialogue.entries)

    def _continued(self) -> list[str]:
        """What an interrupted answer had left to say: it is thought again, and what was heard is left out."""
        entries = self.dialogue.entries
        last = max(at for at, entry in enumerate(entries) if isinstance(entry, UserTurn))
        cut = next((at for at in range(last - 1, -1, -1) if isinstance(entries[at], AgentTurn)), None)
        before = [at for at in range(cut or 0) if isinstance(entries[at], UserTurn)]
        spoken = entries[cut] if cut is not None else None
        if not isinstance(spoken, AgentTurn) or not spoken.interrupted or not before:
            return []
        whole = _Turn(
            attrs.evolve(self.dialogue, entries=entries[: before[-1] + 1]), self.tools, self.profiles, self.now
        )
        heard = _bare(spoken.text)
        texts = [thought.text for thought in whole.thoughts() if isinstance(thought, Say)]
        return [text for text in texts if _bare(text) not in heard]

    def _unknown(self, planned: Plan) -> list[str]:
        """Say honestly that this is out of reach, and what is not."""
        if planned.between:
            names = [ability(tool) for tool in planned.between]
            return [sentence(f"I am not sure what you mean: shall I {listed(names, 'or')}").removesuffix(".") + "?"]
        if planned.nearly is not None and not asks_nothing(read(self.turns[-1])):
            able = ability(planned.nearly)
            offer = f"I can {able}." if is_question(read(self.turns[-1]).plain) else f"{OFFER} {able}?"
            return ["I am not sure that I understood.", offer]
        if is_told(read(self.turns[-1])):
            return [one_of(_HEARD, self.seed)]
        if any("stand-in" in said for said in self.past.agent[-4:]):  # what it can do was said just now
            return [one_of(_BEYOND, self.seed)]
        if self.tools:
            return [one_of(_BEYOND, self.seed), self._abilities()]
        return [one_of(_BEYOND, self.seed), *([] if self.persona.brief else [one_of(_CAN, self.seed // 3)])]

    def _abilities(self) -> str:
        """One sentence that names the declared functions, as many as one cares to hear."""
        named = [ability(tool) for tool in self.tools[: _NAMED + (len(self.tools) == _NAMED + 1)]]
        more = len(self.tools) - len(named)
        return sentence(f"I can {listed([*named, f'do {more} more things'] if more > 1 else named)}")


def _text(part: Utterance) -> str:
    return part.slice(0, len(part.words))


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
