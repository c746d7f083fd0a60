"""What each model is known to do."""

from __future__ import annotations

import pytest

from voice_actors.gemini.models import capabilities

LIVE_25 = "gemini-2.5-flash-native-audio-preview-12-2025"
VERTEX_25 = "gemini-live-2.5-flash-native-audio"
LIVE_31 = "gemini-3.1-flash-live-preview"
LIVE_38 = "gemini-3.8-live"
THINKING_38 = "gemini-3.8-live-extended-thinking"


@pytest.mark.parametrize(
    ("model", "version", "known"),
    [
        (LIVE_25, (2, 5), True),
        (VERTEX_25, (2, 5), True),
        ("gemini-2.0-flash-live-001", (2, 0), True),
        (LIVE_31, (3, 1), True),
        ("gemini-3.5-live-translate-preview", (3, 5), True),
        (LIVE_38, (3, 8), True),
        (f"models/{THINKING_38}", (3, 8), True),
        (f"projects/p/locations/eu/publishers/google/models/{LIVE_38}", (3, 8), True),
        ("gemini-4.1-live", (4, 1), False),
        ("gemini-3.9-live", (3, 9), False),
        ("gemini-live", None, False),
        ("tunedModels/mine-2024.11.12", None, False),
        ("", None, False),
    ],
)
def test_the_version_is_read_from_the_id(model, version, known):
    """Any form of the name will do; newer models are not known, and are treated as the newest."""
    caps = capabilities(model)
    assert (caps.version, caps.known) == (version, known)
    if not known:
        assert caps.text_via == capabilities(LIVE_38).text_via


@pytest.mark.parametrize(
    ("model", "text_via", "client_content", "can_stop", "behavior", "context_update", "status"),
    [
        (LIVE_25, "clientContent", "any", True, "BLOCKING", False, False),
        (LIVE_31, "realtimeInput", "seed-only", False, "BLOCKING", False, False),
        (LIVE_38, "clientContent", "any", True, "NON_BLOCKING", True, True),
        (THINKING_38, "clientContent", "any", True, "NON_BLOCKING", True, True),
    ],
)
def test_the_table(model, text_via, client_content, can_stop, behavior, context_update, status):
    """The facts of the reference, one row a model."""
    caps = capabilities(model)
    assert caps.text_via == text_via
    assert caps.client_content == client_content
    assert caps.can_stop_by_client_content is can_stop
    assert caps.default_behavior == behavior
    assert caps.context_update is context_update
    assert caps.interaction_status is status
    assert caps.several_turns is (model == THINKING_38)
