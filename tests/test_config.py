"""Settings: what the environment means, what is refused, and that nothing secret is shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import attrs
import pytest

from voice_actors.config import (
    Activity,
    AgentConfig,
    Connection,
    cache_folder,
    connection_from_environment,
    proxy_from_environment,
)
from voice_actors.errors import ConfigError


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"GEMINI_API_KEY": "g"}, {"api_key": "g"}),
        ({"GEMINI_API_KEY": "g", "GOOGLE_API_KEY": "o"}, {"api_key": "o"}),
        ({"GOOGLE_API_KEY": "", "GEMINI_API_KEY": "g"}, {"api_key": "g"}),
        ({"GOOGLE_API_KEY": "  ", "GEMINI_API_KEY": "g\n"}, {"api_key": "g"}),
        ({"GEMINI_API_KEY": " "}, {"api_key": None}),
        (
            {"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1", "SSL_CERT_FILE": "a.pem"},
            {"base_url": "http://127.0.0.1:1", "ca_file": "a.pem"},
        ),
        ({"GOOGLE_VERTEX_BASE_URL": "https://v"}, {}),
        (
            {
                "GOOGLE_GENAI_USE_VERTEXAI": "True",
                "GOOGLE_CLOUD_PROJECT": "p",
                "GOOGLE_CLOUD_LOCATION": "l",
                "GOOGLE_VERTEX_BASE_URL": "https://v",
                "GOOGLE_GEMINI_BASE_URL": "https://g",
            },
            {"vertexai": True, "project": "p", "location": "l", "base_url": "https://v"},
        ),
        ({"GOOGLE_GENAI_USE_ENTERPRISE": "1"}, {"vertexai": True}),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "0"}, {}),
    ],
)
def test_the_environment_means_what_it_means_to_google_genai(environ, expected):
    """Every variable, and which wins."""
    assert Connection(**expected) == connection_from_environment(environ)


def test_nothing_secret_is_shown():
    """Neither key nor credentials nor header values, in the configuration's own repr or in one that holds it."""
    connection = Connection(api_key="k-secret", credentials="c-secret", headers={"authorization": "h-secret"})
    for shown in (repr(connection), repr(AgentConfig(connection=connection)), str(connection)):
        assert "secret" not in shown
        assert "authorization" in shown


@pytest.mark.parametrize("chunk_ms", [0, 9, 101, -20])
def test_a_chunk_that_the_service_does_not_take_is_refused(chunk_ms):
    """Before anything is opened, and by the field's name."""
    with pytest.raises(ConfigError, match=f"^chunk_ms is {chunk_ms};"):
        AgentConfig(chunk_ms=chunk_ms)


def test_a_configuration_cannot_be_changed_but_evolved():
    """So that what a running conversation was told stays true."""
    config = AgentConfig()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.model = "other"
    assert "other" == attrs.evolve(config, model="other").model
    assert config == pickle.loads(pickle.dumps(config))


PROXIES = {"https_proxy": "http://small:1", "HTTPS_PROXY": "http://big:2", "HTTP_PROXY": "http://plain:3"}


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("https://a.example", {}, None),
        ("https://a.example", PROXIES, "http://small:1"),
        ("wss://a.example/x", PROXIES, "http://small:1"),
        ("http://a.example", PROXIES, "http://plain:3"),
        ("http://a.example", {**PROXIES, "REQUEST_METHOD": "GET"}, None),
        ("https://a.example", {"ALL_PROXY": "http://all:4"}, "http://all:4"),
        ("https://127.0.0.1:8443", PROXIES, None),
        ("https://[::1]:8443", PROXIES, None),
        ("https://localhost", PROXIES, None),
        ("https://a.example", {**PROXIES, "NO_PROXY": "*"}, None),
        ("https://a.example", {**PROXIES, "NO_PROXY": "b.example, a.example"}, None),
        ("https://sub.a.example", {**PROXIES, "no_proxy": ".a.example"}, None),
        ("https://nota.example", {**PROXIES, "no_proxy": "a.example"}, "http://small:1"),
        ("https://a.example:444", {**PROXIES, "no_proxy": "a.example:444"}, None),
        ("https://a.example:445", {**PROXIES, "no_proxy": "a.example:444"}, "http://small:1"),
        ("https://a.example", {**PROXIES, "no_proxy": " , "}, "http://small:1"),
    ],
)
def test_proxies_are_obeyed_as_other_clients_do(url, environ, expected):
    """Lower case wins, NO_PROXY is a list of suffixes, and loopback is never proxied."""
    assert expected == proxy_from_environment(url, environ)


def test_caches_lie_where_the_system_wants_them():
    """XDG, Windows, or the user's own folder."""
    assert Path("x") / "voice-actors" == cache_folder({"XDG_CACHE_HOME": "x", "LOCALAPPDATA": "l"})
    assert Path("l") / "voice-actors" / "Cache" == cache_folder({"LOCALAPPDATA": "l"})
    assert Path.home() / ".cache" / "voice-actors" == cache_folder({})


@pytest.mark.parametrize("setting", ["pre_roll_ms", "post_roll_ms"])
@pytest.mark.parametrize("value", [-1, 1_001])
def test_a_roll_beyond_a_second_is_refused(setting, value):
    """It names the setting and its range."""
    with pytest.raises(ConfigError, match=f"{setting} is {value}; it is 0 to 1000 ms"):
        Activity("push-to-talk", **{setting: value})
