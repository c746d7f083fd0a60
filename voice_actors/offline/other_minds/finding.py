"""A mind by its name: `builtin`, the URL of a language model's server, or `module:function`."""

from __future__ import annotations

import importlib
import sys

from voice_actors.errors import ConfigError
from voice_actors.offline.other_minds.callable_mind import as_mind
from voice_actors.offline.other_minds.openai_mind import OpenAIMind
from voice_actors.offline.parts import Mind

BUILTIN = "builtin"


async def find_mind(name: str, model: str = "", key: str = "") -> Mind | None:
    """The mind of that name, ready to be asked; None is the built-in one.

    Args:
        name: `builtin`, a URL such as `http://localhost:11434/v1`, or `package.module:function`.
        model: for a URL, which of its server's models; empty where it has only one.
        key: for a URL, what its server wants to be shown.

    Raises:
        ConfigError: there is no such mind; the message says what is wrong.

    """
    if name == BUILTIN:
        return None
    if "://" in name:
        return await OpenAIMind(name, model, key).ready()
    if model or key:
        raise ConfigError(
            "--mind-model and --mind-key-env go with the URL of a server: --mind http://localhost:11434/v1"
        )
    return _imported(name)


def _imported(name: str) -> Mind:
    module, _, path = name.partition(":")
    if not module or not path:
        raise ConfigError(f"--mind is {name!r}; it is builtin, a URL with http://, or module:function")
    if "" not in sys.path:
        sys.path.insert(0, "")  # where the user is, as with `python -m`
    try:
        found: object = importlib.import_module(module)
        for attribute in path.split("."):
            found = getattr(found, attribute)
    except Exception as error:
        raise ConfigError(f"--mind {name} cannot be loaded: {type(error).__name__}: {error}") from error
    return as_mind(found)
