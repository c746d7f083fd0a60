"""What becomes known of a call of a tool."""

from __future__ import annotations

import pytest

from voice_actors import messages as m
from voice_actors.calls.under_way import Answer, Call
from voice_actors.gemini.models import capabilities
from voice_actors.toolbox import Toolbox, tool

TALKS_ON, WAITS = "gemini-3.8-live", "gemini-3.1-flash-live-preview"


def look_up() -> str:
    return "found"


def made(model=TALKS_ON, **options):
    toolbox = Toolbox.of([tool(look_up, **options)]).fitted(capabilities(model))
    return Call(m.CallTool("c1", "look_up", {}), toolbox.get("look_up"), began=0.0)


async def test_a_call_without_an_answer_was_withdrawn(autojump_clock):
    """With one, it was answered, and took as long as it took."""
    call = made()
    assert m.ToolWithdrawn(id="c1", name="look_up", at=0.0) == call.fact()
    call.answer = Answer("ok", {"output": "found"})
    assert ({"output": "found"}, "ok", 0.0) == (call.fact().response, call.fact().outcome, call.fact().took_ms)


@pytest.mark.parametrize(
    ("model", "options", "answer", "when"),
    [
        (TALKS_ON, {"scheduling": "SILENT"}, Answer("ok", {}), "SILENT"),
        (TALKS_ON, {"scheduling": "SILENT"}, Answer("error", {}), "WHEN_IDLE"),
        (TALKS_ON, {"scheduling": "INTERRUPT"}, Answer("timeout", {}), "INTERRUPT"),
        (TALKS_ON, {}, Answer("ok", {}, quiet=True), "SILENT"),
        (TALKS_ON, {}, Answer("ok", {}), None),
        (TALKS_ON, {}, Answer("interrupted", {}), "SILENT"),
        (WAITS, {}, Answer("interrupted", {}), None),
        (WAITS, {}, Answer("ok", {}, quiet=True), None),
    ],
)
def test_when_the_model_takes_an_answer_up(model, options, answer, when):
    """As its tool wants; a failure is never kept from the user, and to an interruption there is no reply."""
    assert when == made(model, **options).scheduling(answer, capabilities(model))


def test_a_tool_that_is_not_there_has_no_wishes():
    """Neither for its answer nor for interruptions."""
    call = Call(m.CallTool("c1", "nothing", {}), began=0.0)
    assert (None, "continue") == (call.scheduling(Answer("unknown", {}), None), call.on_barge_in)
