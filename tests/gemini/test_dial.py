"""What all links of a process share on their way to a server."""

from __future__ import annotations

import os

import pytest
import trio
import trustme

from voice_actors.errors import ConfigError
from voice_actors.gemini._dial import tls_context


async def test_links_share_the_authorities_until_their_file_changes(tmp_path):
    """One context for a file, whoever asks; another one as soon as there is something else in it."""
    path = tmp_path / "ca.pem"
    path.write_bytes(trustme.CA().cert_pem.bytes())

    first = await tls_context(str(path))
    assert first is await tls_context(str(path))
    assert 1 == len(first.get_ca_certs())

    os.truncate(path, 0)
    path.write_bytes(trustme.CA().cert_pem.bytes() + trustme.CA().cert_pem.bytes())
    second = await tls_context(str(path))
    assert 2 == len(second.get_ca_certs())
    assert 1 == len(first.get_ca_certs())


async def test_the_systems_authorities_are_read_once():
    """They take a megabyte each time."""
    assert await tls_context(None) is await tls_context(None)


async def test_links_that_are_dialled_side_by_side_share_them_too(tmp_path):
    """A crowd that begins at once would hold a megabyte for each thread that read them, until its links end."""
    path, found = tmp_path / "ca.pem", []
    path.write_bytes(b"".join(trustme.CA().cert_pem.bytes() for _ in range(100)))

    async def dial():
        found.append(await tls_context(str(path)))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(dial)
    assert 4 == len(found)
    assert 1 == len(set(found))


async def test_a_file_that_is_mended_is_read_again(tmp_path):
    """What could not be used is not remembered."""
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"ca\.pem cannot be used"):
        await tls_context(str(path))
    path.write_bytes(trustme.CA().cert_pem.bytes())
    assert await tls_context(str(path))
