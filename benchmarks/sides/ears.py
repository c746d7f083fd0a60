"""Sentences spoken by several voices, in quiet and in noise, and what the offline server's ears make of them.

Called with how many sentences to speak. espeak-ng's voices, which no part of ours was made for, are heard too where
that program is installed.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
import zlib

import numpy as np
import trio

from benchmarks.scripted_server import say
from voice_actors.audio.resample import Resampler
from voice_actors.offline.hearing.ears import best_ears
from voice_actors.offline.parts import Ears, Mouth
from voice_actors.offline.speaking.espeak import EspeakMouth
from voice_actors.offline.speaking.mouth import best_mouth

SENTENCES = (
    "The ferry leaves the harbour before the fog lifts.",
    "Please remind me to water the plants on Thursday.",
    "My neighbour keeps bees behind the old garage.",
    "Could you turn the kitchen lights down a little?",
    "She bought a second hand bicycle for the winter.",
    "There is fresh bread on the table by the window.",
    "We missed the last train and walked home in the rain.",
    "What would you cook for seven hungry guests?",
    "The museum is closed on public holidays.",
    "He forgot his umbrella in the back of the taxi.",
    "Send a message to the plumber about the leaking pipe.",
    "The choir rehearses in the school every evening.",
    "I would rather have tea than coffee this morning.",
    "A small dog barked at the postman all week.",
    "How far is it from the station to the lake?",
    "The teacher explained the question twice.",
    "Put the heavy boxes at the bottom of the pile.",
    "Nobody expected such a quiet afternoon.",
    "The new bridge will open in early spring.",
    "Book a table for four near the fireplace.",
    "My sister plays the cello in an orchestra.",
    "The battery lasts longer when it is warm outside.",
    "Is there a pharmacy open at this hour?",
    "They painted the front door a bright yellow.",
    "The doctor asked him to breathe slowly.",
    "Which platform does the night train leave from?",
    "Add butter, flour and lemons to my shopping list.",
    "The path through the forest is steep and muddy.",
    "Our meeting was moved to the larger room.",
    "A warm wind came up from the valley.",
    "Can you read me the headlines while I drive?",
    "The library lends out tools as well as books.",
    "He repaired the radio with a piece of wire.",
    "Snow covered the rooftops before midnight.",
    "The parcel was delivered to the wrong address.",
    "Let us meet at the fountain after lunch.",
    "The lighthouse keeper counted ships for forty years.",
    "Cancel the appointment with the dentist, please.",
    "Her favourite song was playing in the shop.",
    "Leave the key under the flower pot when you go.",
)
VOICES = ("Kore", "Puck", "Charon", "Aoede")
NOISE_DB = 10.0
"""How far the noise lies below the voice, root mean square."""


async def heard(ears: Ears, pcm: bytes) -> tuple[str, float]:
    """What they make of 24 kHz speech, and how long they took, ms."""
    resampler = Resampler(24_000, 16_000)
    audio = resampler.feed(pcm) + resampler.flush()
    began = time.perf_counter()
    return await ears.recognise(audio), (time.perf_counter() - began) * 1000


def in_noise(pcm: bytes, seed: int) -> bytes:
    """The same with white noise over it."""
    voice = np.frombuffer(pcm, np.int16).astype(np.float64)
    level = np.sqrt(np.mean(voice**2)) / 10 ** (NOISE_DB / 20)
    noisy = voice + np.random.default_rng(seed).normal(0.0, level, len(voice))
    return np.clip(noisy, -32_768, 32_767).astype(np.int16).tobytes()


async def spoken(mouth: Mouth, text: str, voice: str) -> bytes:
    """A sentence as audio."""
    return b"".join([piece.pcm async for piece in mouth.speak(text, voice)])


async def main() -> None:
    """Speak them all, and report what was said and heard."""
    count = int(sys.argv[1])
    mouths = {"ours": await best_mouth()} | ({"espeak-ng": EspeakMouth()} if shutil.which("espeak-ng") else {})
    ears, dice = await best_ears(), random.Random(1)
    found: list[dict[str, object]] = []
    for name, mouth in mouths.items():
        for text in SENTENCES[:count]:
            pcm = await spoken(mouth, text, dice.choice(VOICES))
            for place, audio in (("quiet", pcm), ("noise", in_noise(pcm, zlib.crc32(text.encode())))):
                words, took = await heard(ears, audio)
                found.append({"mouth": name, "place": place, "said": text, "heard": words, "ms": took})
    say(heard=found)


if __name__ == "__main__":
    trio.run(main)
