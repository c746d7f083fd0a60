"""What is refused before anything is opened or written."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from voice_actors.cli.checks import check_files, check_push_to_talk, spelled_voice
from voice_actors.errors import ConfigError


def arguments(**given):
    return argparse.Namespace(
        **{
            "mic": None,
            "speaker": None,
            "transcript": None,
            "record": None,
            "listen": "server",
            "barge_in": "one-stage",
            **given,
        }
    )


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"mic": "q.wav", "speaker": "q.wav"}, "--mic and --speaker"),
        ({"mic": "q.wav", "speaker": "./sub/../q.wav"}, "--mic and --speaker"),
        ({"mic": "q.wav", "record": Path("q.wav")}, "--mic and --record"),
        ({"mic": "q.wav", "transcript": Path("q.wav")}, "--mic and --transcript"),
        ({"speaker": "new.wav", "record": Path("new.wav")}, "--speaker and --record"),
        ({"transcript": Path("new"), "record": Path("new")}, "--transcript and --record"),
        ({"mic": "q.wav", "speaker": "link.wav"}, "--mic and --speaker"),
    ],
)
def test_a_file_has_one_use(tmp_path, monkeypatch, given, options):
    """To write the answer where the question is would destroy the question."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "q.wav").write_bytes(b"precious")
    (tmp_path / "link.wav").symlink_to("q.wav")
    with pytest.raises(ConfigError, match=f"{options} are the same file"):
        check_files(arguments(**given))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"mic": "-", "speaker": "-"},
        {"mic": "null", "speaker": "null"},
        {"mic": "USB Audio", "speaker": "USB Audio"},
        {"mic": "2", "speaker": "2"},
        {"transcript": Path("/dev/null"), "record": Path("/dev/null")},
        {"mic": "q.wav", "speaker": "a.wav", "transcript": Path("t.jsonl"), "record": Path("r.wav")},
    ],
)
def test_devices_pipes_and_different_files_are_fine(given):
    """One device has two ends, and nothing is lost in /dev/null."""
    check_files(arguments(**given))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"mic": "song.mp3"}, r"ffmpeg -i song.mp3 song.wav"),
        ({"mic": "none.FLAC"}, r"there is no file none.FLAC"),
        ({"speaker": "a.ogg"}, r"give `--speaker a.wav`"),
        ({"record": Path("r.mp3")}, r"give `--record r.wav`"),
    ],
)
def test_other_sound_files_are_told_what_to_become(tmp_path, monkeypatch, given, sentence):
    """Not taken for the name of a device, and no WAV data in a file that is called otherwise."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    with pytest.raises(ConfigError, match=sentence):
        check_files(arguments(**given))


def test_a_voice_may_be_typed_in_any_case():
    """The service is strict about it; people need not be."""
    assert (None, "Kore", "Puck") == (spelled_voice(None), spelled_voice("kore"), spelled_voice("PUCK "))


@pytest.mark.parametrize(
    ("given", "hint"), [("Kora", "did you mean Kore"), ("nonsense", "Zephyr, Puck"), ("", "no such voice; there are")]
)
def test_a_voice_that_is_none_is_refused_with_those_there_are(given, hint):
    """Offline it would sound like another, and the service would close the connection."""
    with pytest.raises(ConfigError, match=hint):
        spelled_voice(given)


@pytest.mark.parametrize("given", [{"listen": "local"}, {"barge_in": "two-stage"}])
def test_a_key_and_a_voice_do_not_both_decide(given):
    """In one sentence that says which of the two options to leave out."""
    with pytest.raises(ConfigError, match="leave out --"):
        check_push_to_talk(arguments(ptt=True, **given))


@pytest.mark.parametrize(("mic", "why"), [("null", "needs a microphone"), ("-", "needs a key")])
def test_push_to_talk_without_a_voice_or_without_a_key_is_refused(mic, why):
    """In one sentence that says which of the two options to leave out."""
    with pytest.raises(ConfigError, match=why):
        check_push_to_talk(arguments(mic=mic, ptt=True))
    check_push_to_talk(arguments(mic=mic, ptt=False))
    check_push_to_talk(arguments(mic="question.wav", ptt=True))
