"""Where model files are, and whether they are the ones that were tested.

Weights come inside third-party packages. A package may be replaced by another upload under the same name, so each file
is pinned by its SHA-256 and read once more before it is used; a file that differs is a missing part, not a surprise in
the middle of a conversation.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Hashable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import attrs

from voice_actors.errors import MissingPartError
from voice_actors.values import Value


class ChangedPartError(MissingPartError):
    """A model file is there but is not the one that was tested; nothing lighter takes its place unasked."""


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(eq=False, repr=False)
class ModelFile(Value):
    """One file of weights or words inside an installed package."""

    package: str
    """The top-level import name."""
    path: str
    """Inside the package, with forward slashes."""
    sha256: str
    """In hex, of the whole file."""
    extra: str = "offline"
    """The extra of ours that brings the package."""

    @property
    def remedy(self) -> str:
        """What a person types to get it."""
        return remedy(self.extra)


def remedy(extra: str) -> str:
    """What a person types to get every part of an extra of ours."""
    return f'pip install --force-reinstall "voice-actors[{extra}]"'


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
    raise MissingPartError(f"{file.package} ({file.path}) is not installed; get it with: {file.remedy}")


def verified(file: ModelFile) -> Path:
    """The file's path once its content is known to be right; reads the whole file, so call it in a thread.

    Raises:
        MissingPartError: there is no such file.
        ChangedPartError: its SHA-256 is another.

    """
    path = locate(file)
    status = path.stat()
    if _sha256(path, status.st_size, status.st_mtime_ns) != file.sha256:
        raise ChangedPartError(
            f"{path} is not the file that was tested (its SHA-256 differs); get it with: {file.remedy}"
        )
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

    def loaded(self, *key: Hashable) -> bool:
        """Whether there is something to return at once."""
        ...


def once(load: Callable[..., T]) -> Once[T]:
    """Let a process load a model once: threads that ask at the same time wait for the first one's result."""
    lock = threading.Lock()
    kept: dict[tuple[Hashable, ...], T] = {}

    @functools.wraps(load)
    def loader(*key: Hashable) -> T:
        with lock:
            if key not in kept:
                kept[key] = load(*key)
            return kept[key]

    def loaded(*key: Hashable) -> bool:
        return key in kept

    remembering: Any = loader
    remembering.loaded = loaded
    return cast("Once[T]", remembering)


class OnnxSession(Protocol):
    """The little of `onnxruntime.InferenceSession` that is used here."""

    def run(self, output_names: None, input_feed: dict[str, Any]) -> list[Any]:
        """Run the graph; all outputs, in the model's order."""
        ...


def open_onnx(path: Path, extra: str = "offline") -> OnnxSession:
    """Load a graph for one thread: the models are small, and the event loop needs the other cores.

    Raises:
        MissingPartError: onnxruntime is not installed or cannot be loaded.

    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPartError(f"onnxruntime cannot be imported ({error}); get it with: {remedy(extra)}") from error
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: it warns about its own graph optimisations
    session: OnnxSession = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session
