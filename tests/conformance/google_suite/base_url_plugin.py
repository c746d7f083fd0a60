"""A pytest plugin for google-genai's own live tests: their client honours the base URL of the environment.

Their fixture builds the API client itself, past the line of `google.genai.Client` that reads `GOOGLE_GEMINI_BASE_URL`
and `GOOGLE_VERTEX_BASE_URL`. Here that line is put back. And since Vertex AI wants credentials of a Google Cloud project,
which nobody has offline, `google.auth.default` gives a token that says so. Nothing else of the tests or of the client is
changed.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any

import google.auth
from google.genai.types import HttpOptions
from google.oauth2.credentials import Credentials


def _offline_credentials(**_kwargs: object) -> tuple[Credentials, str]:
    return Credentials("offline"), "offline"


google.auth.default = _offline_credentials


def pytest_collection_finish() -> None:
    """Their package was imported, as `google.genai` or, by pytest from its folder, as `genai`."""
    for name, module in list(sys.modules.items()):
        if name.endswith("genai._replay_api_client"):
            _mend(module.ReplayApiClient)


def _mend(client: type) -> None:
    init = client.__init__

    @functools.wraps(init)
    def with_base_url(self: Any, *args: Any, http_options: HttpOptions | None = None, **kwargs: Any) -> None:
        base_url = os.environ["GOOGLE_VERTEX_BASE_URL" if kwargs.get("vertexai") else "GOOGLE_GEMINI_BASE_URL"]
        theirs = http_options or HttpOptions()  # since 3.6 they name a version of the API
        assert theirs.base_url is None, "the tests have found a base URL of their own"
        init(self, *args, http_options=theirs.model_copy(update={"base_url": base_url}), **kwargs)

    client.__init__ = with_base_url
