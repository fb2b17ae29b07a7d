"""Whom the client of the intake believes: certificates, answers of the contract, our own key."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amaan.clock import SetClock
from amaan.errors import AmaanError, ConfigurationError, UnknownOutcomeError
from amaan.settings import Settings
from intake.api import IntakeApi
from intake.contract.keys import OURS
from intake.port import RefusedError, UnavailableError
from tests.intake.conftest import sandbox_settings
from tests.intake.invented import KEY, complaint
from tests.intake.served import served

UNKNOWN, UNAVAILABLE = UnknownOutcomeError, UnavailableError


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    """A client to which something else answers than the sandbox."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            token = {"access_token": "t", "token_type": "Bearer", "expires_in": 300}
            return httpx.Response(200, json=token)
        return answer(request)

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("status", "filing", "finding"),
    [
        (204, UNKNOWN, UNKNOWN),
        (302, UNAVAILABLE, UNAVAILABLE),
        (400, RefusedError, UNKNOWN),
        (403, UNAVAILABLE, UNAVAILABLE),
        # A proxy's "not found" is not the intake's.
        (404, RefusedError, UNKNOWN),
        (408, UNKNOWN, UNKNOWN),
        (409, RefusedError, UNKNOWN),
        (413, RefusedError, UNKNOWN),
        (422, RefusedError, UNKNOWN),
        (501, UNKNOWN, UNKNOWN),
    ],
)
async def test_an_answer_that_is_not_the_contracts(
    sandbox_home: Settings,
    set_clock: SetClock,
    status: int,
    filing: type[AmaanError],
    finding: type[AmaanError],
) -> None:
    client = answering(lambda _: httpx.Response(status, text="راز"))
    api = IntakeApi(sandbox_home, set_clock, client)
    calls: list[tuple[Awaitable[object], type[AmaanError]]] = [
        (api.file(complaint(), KEY), filing),
        (api.find(KEY), finding),
    ]
    for call, expected in calls:
        with pytest.raises(AmaanError) as error:
            await call
        assert type(error.value) is expected
        assert "راز" not in str(error.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"x" * 100_000,
        b'{"number": "../x", "state": "received", "at": "2026-11-21T20:00:00Z"}',
        b'{"number": "SANDBOX-1", "state": "received", "at": "2026-11-21T20:00:00"}',
        b'{"number": "SANDBOX-1", "state": "received", "at": 5}',
    ],
)
async def test_an_unreadable_acknowledgement_is_unknown(
    sandbox_home: Settings, set_clock: SetClock, body: bytes
) -> None:
    api = IntakeApi(sandbox_home, set_clock, answering(lambda _: httpx.Response(201, content=body)))
    with pytest.raises(UnknownOutcomeError):
        await api.file(complaint(), KEY)


async def test_without_our_key_nothing_leaves(sandbox_home: Settings, set_clock: SetClock) -> None:
    asked: list[httpx.Request] = []
    remote = sandbox_home.model_copy(update={"intake_url": "https://intake.invalid"})

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(500)

    api = IntakeApi(remote, set_clock, answering(note))
    with pytest.raises(UnavailableError) as error:
        await api.file(complaint(), KEY)
    assert error.value.code == "intake_key_missing"
    assert asked == []
    assert not (remote.secrets_folder / OURS).exists()


@pytest.mark.parametrize(
    "url", ["http://intake.example", "http://127.0.0.1.example/x", "ftp://x", "https://x/?a=1"]
)
def test_a_complaint_does_not_leave_unencrypted(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="intake_url"):
        sandbox_settings(tmp_path, intake_url=url)


def certificates(folder: Path) -> None:
    """A certificate authority and one certificate each for server and client."""

    def made(name: str, issuer: tuple[x509.Name, Any] | None) -> tuple[x509.Name, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by, by_key = issuer or (subject, key)
        start = datetime(2020, 1, 1)  # noqa: DTZ001  (the library takes UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365 * 60))
            .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        )
        certificate = builder.sign(by_key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        plain = serialization.NoEncryption()
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        (folder / f"{name}.key").write_bytes(private)
        return subject, key

    authority = made("authority", None)
    for name in ("server", "client"):
        made(name, authority)


async def test_mutual_tls_instead_of_a_token(tmp_path: Path, set_clock: SetClock) -> None:
    certificates(tmp_path)
    asked: list[dict[str, Any]] = []

    async def intake(scope: Any, receive: Any, send: Any) -> None:
        asked.append({name.decode(): value for name, value in scope["headers"]})
        body = b'{"number":"SANDBOX-1","state":"received","at":"2026-11-21T20:00:00Z"}'
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": body})

    options = {
        "ssl_keyfile": tmp_path / "server.key",
        "ssl_certfile": tmp_path / "server.pem",
        "ssl_ca_certs": str(tmp_path / "authority.pem"),
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
    }
    async with served(intake, **options) as host:
        settings = sandbox_settings(
            tmp_path,
            intake_url=f"https://localhost:{host.partition(':')[2]}",
            intake_ca=tmp_path / "authority.pem",
            intake_client_cert=tmp_path / "client.pem",
            intake_client_key=tmp_path / "client.key",
        )
        from intake.contract.keys import SigningKeys

        SigningKeys(settings.secrets_folder, OURS).ensure()
        api = IntakeApi(settings, set_clock)
        assert (await api.file(complaint(), KEY)).number == "SANDBOX-1"
        assert "authorization" not in asked[0]
        await api.close()
        # Whoever does not trust that authority sends nothing.
        doubting = IntakeApi(settings.model_copy(update={"intake_ca": None}), set_clock)
        with pytest.raises(UnavailableError):
            await doubting.file(complaint(), KEY)
        await doubting.close()
        # And without a certificate nothing is taken.
        nobody = settings.model_copy(update={"intake_client_cert": None})
        unknown = IntakeApi(nobody, set_clock)
        with pytest.raises(AmaanError):
            await unknown.file(complaint(), KEY)
        await unknown.close()
    assert len(asked) == 1


def test_an_unreadable_certificate_refuses_the_start(tmp_path: Path, set_clock: SetClock) -> None:
    with pytest.raises(ConfigurationError):
        IntakeApi(sandbox_settings(tmp_path, intake_client_cert=tmp_path / "none"), set_clock)
