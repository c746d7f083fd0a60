"""Pictures in what a tool returns travel as parts of the answer, with words in their place."""

from __future__ import annotations

import base64
import io

import pytest
from google.genai import types as genai
from PIL import Image

from voice_actors.toolbox.media import LARGEST_MEDIA
from voice_actors.toolbox.results import result_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PICTURE = Image.new("RGB", (3, 2), "red")


def data_of(part):
    return base64.b64decode(part["inlineData"]["data"])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (PNG, "image/png"),
        (bytearray(PNG), "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a......", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7", "application/pdf"),
        (genai.Blob(data=b"abc", mime_type="video/mp4"), "video/mp4"),
        (genai.Part.from_bytes(data=b"abc", mime_type="video/mp4"), "video/mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_media_are_known_by_their_first_bytes_or_their_shape(value, kind):
    """The answer says what is attached, and it is, byte for byte."""
    found = result_of(value)
    (part,) = found.parts
    assert kind == part["inlineData"]["mimeType"]
    assert {"output": f"attached: {kind}, {len(data_of(part))} bytes"} == found.response
    assert data_of(part) == (b"abc" if kind == "video/mp4" else bytes(value))


def test_a_picture_of_pillow_is_sent_as_png():
    """Whatever it was read from."""
    (part,) = result_of(PICTURE).parts
    shown = Image.open(io.BytesIO(data_of(part)))
    assert ("PNG", (3, 2), (255, 0, 0)) == (shown.format, shown.size, shown.getpixel((0, 0)))


def test_media_are_found_in_dicts_and_lists():
    """In their order; the rest of the answer stays, and the returned value is not changed."""
    value = {"title": "red", "pictures": [PICTURE, PNG], "size": (3, 2)}
    found = result_of(value)
    assert ["image/png"] * 2 == [part["inlineData"]["mimeType"] for part in found.parts]
    assert ("red", [3, 2]) == (found.response["title"], found.response["size"])
    assert all(words.startswith("attached: image/png") for words in found.response["pictures"])
    assert [PICTURE, PNG] == value["pictures"]


def test_media_that_are_too_large_are_left_out_and_the_answer_says_so():
    """Others that fit still go."""
    large = PNG + bytes(LARGEST_MEDIA)
    found = result_of([large, PNG])
    assert [PNG] == [data_of(part) for part in found.parts]
    said, attached = found.response["output"]
    print(said)
    assert said.startswith(f"left out: image/png, {len(large)} bytes, more than the {LARGEST_MEDIA}")
    assert attached.startswith("attached")


class Angry:
    """Has the shape of a picture, and is none."""

    mode = "RGB"

    def save(self, file, format):
        raise OSError("no")

    def __repr__(self):
        return "Angry"


@pytest.mark.parametrize(
    ("value", "output"), [(b"plain", "plain"), (Angry(), "Angry"), ("text", "text"), (b"RIFF....AVI ", "RIFF....AVI ")]
)
def test_what_is_no_medium_is_encoded_as_ever(value, output):
    """Nothing fails."""
    found = result_of(value)
    assert ({"output": output}, ()) == (found.response, found.parts)
