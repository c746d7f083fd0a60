"""A certificate of our own for loopback, because google-genai's client speaks TLS only.

An authority is made that can vouch for loopback names and nothing else (X.509 name constraints), signs one certificate,
and is thrown away: no key is kept that could sign another. Its certificate stands at the head of a bundle with the
system's authorities, so that a program that is pointed at the bundle can still talk to everyone else.

Each generation is a folder of its own that appears complete, by a rename, and is never changed. Two programs that start
at once make two, and both are good; a server goes on with its own while a newer one is made.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from voice_actors.config import cache_folder
from voice_actors.errors import MissingPartError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LIFE = timedelta(days=397)
"""The longest that clients take from public authorities; ours is private, but some look."""
RENEW_BEFORE = timedelta(days=30)
_CHAIN, _KEY, _BUNDLE = "server.pem", "server-key.pem", "ca-bundle.pem"


@attrs.frozen
class Certificates:
    """The files of one generation."""

    folder: Path

    @property
    def bundle(self) -> Path:
        """What clients trust: our authority and the system's. The value for SSL_CERT_FILE."""
        return self.folder / _BUNDLE

    def server_context(self) -> ssl.SSLContext:
        """A context to serve TLS with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / _CHAIN, self.folder / _KEY)
        return context


def loopback_certificates(
    hosts: Sequence[str] = LOOPBACK, folder: Path | None = None, now: datetime | None = None
) -> Certificates:
    """Certificates for `hosts` that are good for a month at least, made when there are none. Blocks: use a thread.

    They are kept under the user's cache folder, readable by the user alone.

    Raises:
        MissingPartError: `cryptography` is not installed.
        OSError: the folder cannot be written.

    """
    now = datetime.now(UTC) if now is None else now
    root = (cache_folder() if folder is None else folder) / "certificates"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    prefix = "for-" + hashlib.sha256("\n".join(sorted(hosts)).encode()).hexdigest()[:8]
    for generation in sorted(_generations(root, prefix), key=lambda one: one[0], reverse=True):
        ends, path = generation
        if ends - now > RENEW_BEFORE:
            return Certificates(path)
        if ends < now:
            shutil.rmtree(path, ignore_errors=True)
    return _make(root, prefix, hosts, now)


def _generations(root: Path, prefix: str) -> Iterator[tuple[datetime, Path]]:
    for path in root.glob(f"{prefix}-*"):
        try:
            ends = datetime.fromtimestamp(int(path.name.split("-")[2]), UTC)
        except (ValueError, IndexError):
            continue
        if all((path / name).is_file() for name in (_CHAIN, _KEY, _BUNDLE)):
            yield ends, path


def _make(root: Path, prefix: str, hosts: Sequence[str], now: datetime) -> Certificates:
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError as error:
        raise MissingPartError(
            'TLS needs the package cryptography: pip install "voice-actors[offline]"; or serve plain WebSockets'
        ) from error
    ends = now + LIFE
    authority, certificate, key = _issue(hosts, now - timedelta(hours=1), ends)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=root))  # 0700
    _write(fresh / _KEY, private)
    _write(fresh / _CHAIN, certificate.public_bytes(pem) + authority.public_bytes(pem))
    _write(fresh / _BUNDLE, authority.public_bytes(pem) + _system_authorities())
    complete = root / f"{prefix}-{int(ends.timestamp())}-{fresh.name.removeprefix('new-')}"
    fresh.rename(complete)
    return Certificates(complete)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _issue(
    hosts: Sequence[str], begins: datetime, ends: datetime
) -> tuple[x509.Certificate, x509.Certificate, ec.EllipticCurvePrivateKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, subject = _name("voice-actors offline authority"), _name("voice-actors offline server")
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())

    def builder(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        certificate = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        certificate = certificate.not_valid_before(begins).not_valid_after(ends)
        return certificate.serial_number(x509.random_serial_number())

    authority = (
        builder(issuer, signer.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(hosts), None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )
    certificate = (
        builder(subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(identifier.digest, None, None), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return authority, certificate, key


def _name(common: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    from cryptography import x509

    addresses = {host: address for host in hosts if (address := _address(host)) is not None}
    return [x509.IPAddress(addresses[host]) if host in addresses else x509.DNSName(host) for host in hosts]


def _permitted(hosts: Sequence[str]) -> list[x509.GeneralName]:
    from cryptography import x509

    return [
        x509.DNSName(host) if (address := _address(host)) is None else x509.IPAddress(ipaddress.ip_network(address))
        for host in hosts
    ]


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _system_authorities() -> bytes:
    blocks: dict[bytes, None] = {}
    for path in _authority_files():
        try:
            content = path.read_bytes()
        except OSError:
            continue
        for block in content.split(b"-----BEGIN CERTIFICATE-----")[1:]:
            blocks[block.partition(b"-----END CERTIFICATE-----")[0].strip()] = None
    return b"".join(b"-----BEGIN CERTIFICATE-----\n" + block + b"\n-----END CERTIFICATE-----\n" for block in blocks)


def _authority_files() -> Iterator[Path]:
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, paths.openssl_cafile):
        if path:
            yield Path(path)
    try:
        import certifi
    except ImportError:
        return
    yield Path(certifi.where())
