"""The certificate of the offline server."""

from __future__ import annotations

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
import trio.testing

from voice_actors.offline.certificates import LIFE, LOOPBACK, Certificates, loopback_certificates

NOW = datetime.now(UTC)


async def shake_hands(certificates: Certificates, host: str, cafile: Path | None = None) -> None:
    client_end, server_end = trio.testing.memory_stream_pair()
    context = ssl.create_default_context(cafile=str(cafile or certificates.bundle))
    client = trio.SSLStream(client_end, context, server_hostname=host)
    server = trio.SSLStream(server_end, certificates.server_context(), server_side=True)

    async def serve() -> None:
        try:
            await server.do_handshake()
        except trio.BrokenResourceError:
            await trio.aclose_forcefully(server)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        try:
            await client.do_handshake()
        except trio.BrokenResourceError as error:
            await trio.aclose_forcefully(client)
            if error.__cause__ is not None:
                refused = error.__cause__
            else:
                raise
        else:
            refused = None
    if refused is not None:
        raise refused


@pytest.mark.parametrize("host", LOOPBACK)
async def test_every_loopback_name_is_vouched_for(tmp_path, host):
    """By address, by IPv6 address and by name."""
    await shake_hands(loopback_certificates(folder=tmp_path), host)


async def test_another_host_is_not_vouched_for(tmp_path):
    """Neither by this certificate nor by any that the authority could sign: it is constrained to its names."""
    certificates = loopback_certificates(folder=tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(certificates, "example.com")
    from cryptography import x509

    authority = x509.load_pem_x509_certificate(certificates.bundle.read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(name.value) for name in constraints.value.permitted_subtrees or ()}
    assert permitted == {"127.0.0.1/32", "::1/128", "localhost"}


async def test_a_host_of_the_users_own_can_be_added(tmp_path):
    """A server that does not listen on loopback gets a generation of its own."""
    other = loopback_certificates((*LOOPBACK, "192.0.2.1"), folder=tmp_path)
    await shake_hands(other, "192.0.2.1")
    assert loopback_certificates(folder=tmp_path) != other


def test_the_bundle_holds_the_systems_authorities_too(tmp_path):
    """SSL_CERT_FILE replaces them for a whole process, so they have to be inside."""
    certificates = loopback_certificates(folder=tmp_path)
    context = ssl.create_default_context(cafile=str(certificates.bundle))
    system = ssl.create_default_context()
    theirs = {authority["serialNumber"] for authority in system.get_ca_certs()}
    ours = {authority["serialNumber"] for authority in context.get_ca_certs()}
    assert theirs < ours


def test_files_are_the_users_alone_and_no_authoritys_key_is_kept(tmp_path):
    """0600 in 0700; the one key there is the server's."""
    certificates = loopback_certificates(folder=tmp_path)
    for folder in (certificates.folder, certificates.folder.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(certificates.folder.iterdir())
    assert [file.name for file in files] == ["ca-bundle.pem", "server-key.pem", "server.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert [file.name for file in files if b"PRIVATE KEY" in file.read_bytes()] == ["server-key.pem"]


def test_they_are_kept_until_they_near_their_end(tmp_path):
    """The same ones for a year, then new ones; the old stay for servers that still use them, until they are over."""
    first = loopback_certificates(folder=tmp_path, now=NOW)
    assert loopback_certificates(folder=tmp_path, now=NOW + timedelta(days=300)) == first
    late = NOW + LIFE - timedelta(days=29)
    second = loopback_certificates(folder=tmp_path, now=late)
    assert second != first
    assert first.folder.exists()
    assert loopback_certificates(folder=tmp_path, now=NOW + LIFE + timedelta(days=1)) == second
    third = loopback_certificates(folder=tmp_path, now=late + LIFE + timedelta(days=1))
    assert third not in (first, second)
    assert not first.folder.exists()
    assert not second.folder.exists()


def test_many_at_once_all_get_good_ones(tmp_path):
    """Nobody ever sees half a generation."""
    with ThreadPoolExecutor(8) as threads:
        all_of_them = list(threads.map(lambda _: loopback_certificates(folder=tmp_path), range(16)))
    for certificates in all_of_them:
        certificates.server_context()
        ssl.create_default_context(cafile=str(certificates.bundle))


def test_what_is_incomplete_or_strange_is_passed_over(tmp_path):
    """Left over from a crash or put there by someone else."""
    first = loopback_certificates(folder=tmp_path)
    (first.folder / "server-key.pem").unlink()
    (first.folder.parent / "for-e24465a5-soon-x").mkdir()
    (first.folder.parent / "for-e24465a5").mkdir()
    second = loopback_certificates(folder=tmp_path)
    assert second != first
    second.server_context()
