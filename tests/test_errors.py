"""Errors travel: between processes, into copies, with all that they say."""

from __future__ import annotations

import copy
import pickle

import pytest

from voice_actors import errors as e
from voice_actors.offline.session.fields import Refusal


def noted() -> e.LinkLost:
    error = e.LinkLost("gone", code=1006, reason="reset")
    error.add_note("while speaking")
    return error


@pytest.mark.parametrize(
    "through", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"]
)
@pytest.mark.parametrize(
    "error",
    [
        e.ConfigError("no"),
        e.UnsupportedByModelError("no", field="seed", model="gemini"),
        e.RemoteProtocolError("what?"),
        noted(),
        e.LinkGivenUp("enough", e.LinkLost("gone", code=1011, reason="internal", status=503, kind="unavailable")),
        e.Refused("no", status=403, kind="authentication"),
        e.DeviceError("no sound", device="hw:0"),
        e.AgentFailed("it failed", actor="session"),
        Refusal("not so", code=1008),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_the_way_to_another_process(error, through):
    """Its kind, its words and every attribute: `multiprocessing` and loggers' queues pickle what they carry."""
    arrived = through(error)
    assert type(error) is type(arrived)
    assert (str(error), error.args, vars(error)) == (str(arrived), arrived.args, vars(arrived))


def test_giving_up_says_what_the_last_try_met():
    """So that a caller need not look at the cause."""
    error = e.LinkGivenUp("enough", e.LinkLost("gone", code=1011, reason="internal", status=503))
    assert (1011, "internal", 503) == (error.code, error.reason, error.status)
    assert not isinstance(error, e.LinkLost)  # which asks to be tried again


def test_whose_fault_a_protocol_error_is_must_be_said():
    """The parent of both kinds is only for `except`."""
    with pytest.raises(TypeError, match="whose fault"):
        raise e.ProtocolError("broken")
