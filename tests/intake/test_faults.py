"""Every way in which the sandbox goes wrong, as our client understands it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from amaan.clock import SetClock
from amaan.errors import AmaanError, ConfigurationError, UnknownOutcomeError
from amaan.settings import Settings
from intake.answers import wait_of
from intake.api import IntakeApi
from intake.contract.keys import OURS
from intake.port import RefusedError, UnavailableError
from intake.sandbox.faults import KINDS, Fault, FaultKind
from tests.intake.conftest import sandbox_settings
from tests.intake.invented import KEY, NOW, complaint

UNKNOWN, UNAVAILABLE = UnknownOutcomeError, UnavailableError
# What a fault is for the client, and whether the sandbox took the complaint.
MEANING: dict[FaultKind, tuple[type[AmaanError] | None, bool]] = {
    "timeout_before": (UNKNOWN, False),
    "timeout_after": (UNKNOWN, True),
    "closed_before": (UNKNOWN, False),
    "closed_after": (UNKNOWN, True),
    "500": (UNKNOWN, False),
    "500_after": (UNKNOWN, True),
    "502": (UNKNOWN, False),
    "503": (UNAVAILABLE, False),
    "504": (UNKNOWN, False),
    "429": (UNAVAILABLE, False),
    "401": (None, True),
    "slow": (None, True),
    "unknown_field": (UNKNOWN, True),
    "other_enum": (UNKNOWN, True),
    "garbled": (UNKNOWN, True),
}


@asynccontextmanager
async def served(app: Any, **options: Any) -> AsyncIterator[str]:
    """`app` behind a real server of this process; gives its host and port."""
    config = uvicorn.Config(
        app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=0, **options
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    # Not `serve`, which takes the test run's own signals.
    await server.startup()
    task = asyncio.create_task(server.main_loop())
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await task
    await server.shutdown()


@pytest.fixture
async def over_network(
    sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock
) -> AsyncIterator[IntakeApi]:
    """Our client of the sandbox, over a connection that can break."""
    async with served(sandbox) as host:
        settings = sandbox_home.model_copy(update={"intake_url": f"http://{host}"})
        api = IntakeApi(settings, set_clock)
        yield api
        await api.close()


def order(sandbox: FastAPI, kind: FaultKind, **changes: Any) -> None:
    """The next request goes wrong."""
    sandbox.state.sandbox.faults.order(Fault(kind=kind, **changes))


def taken(sandbox: FastAPI) -> bool:
    """Whether the complaint is in the sandbox's book."""
    return [one.key for one in sandbox.state.sandbox.book.all()] == [KEY]


def test_every_fault_has_a_meaning() -> None:
    assert set(MEANING) == set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in MEANING if "timeout" not in kind])
async def test_a_fault_is_understood_and_its_complaint_reconciled(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    error, is_taken = MEANING[kind]
    order(sandbox, kind, seconds=0.0)
    if error is None:
        await over_network.file(complaint(), KEY)
    else:
        with pytest.raises(AmaanError) as raised:
            await over_network.file(complaint(), KEY)
        assert type(raised.value) is error
        # The library's error would hold the request, and so the complaint.
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert taken(sandbox) is is_taken
    found = await over_network.find(KEY)
    assert (found is not None) is is_taken
    receipt = await over_network.file(complaint(), KEY)
    assert receipt.number == (found.number if found else receipt.number)
    assert taken(sandbox)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
async def test_silence_is_unknown(
    sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock, kind: FaultKind
) -> None:
    order(sandbox, kind, seconds=60)
    async with served(sandbox) as host:
        update = {"intake_url": f"http://{host}", "intake_timeout": timedelta(seconds=3)}
        api = IntakeApi(sandbox_home.model_copy(update=update), set_clock)
        with pytest.raises(UnknownOutcomeError):
            await api.file(complaint(), KEY)
        assert taken(sandbox) is MEANING[kind][1]
        await api.close()


async def test_nobody_at_the_address_is_unavailable(
    sandbox_home: Settings, set_clock: SetClock
) -> None:
    # Port 1 is nobody's; the reserved name never resolves (RFC 6761).
    for url in ("http://127.0.0.1:1", "https://intake.invalid"):
        api = IntakeApi(sandbox_home.model_copy(update={"intake_url": url}), set_clock)
        for call in (api.file(complaint(), KEY), api.find(KEY), api.state("SANDBOX-1")):
            with pytest.raises(UnavailableError) as error:
                await call
            assert error.value.code in {"intake_unreachable", "intake_key_missing"}
        await api.close()


async def test_a_wrong_token_twice_is_unavailable(api: IntakeApi, sandbox: FastAPI) -> None:
    order(sandbox, "401", times=2)
    with pytest.raises(UnavailableError) as error:
        await api.file(complaint(), KEY)
    assert error.value.code == "intake_token_wrong"
    assert not taken(sandbox)
    await api.file(complaint(), KEY)


async def test_a_token_that_ended_is_renewed(
    api: IntakeApi, sandbox: FastAPI, set_clock: SetClock
) -> None:
    await api.file(complaint(), KEY)
    issued = len(sandbox.state.sandbox.tokens._live)
    await api.find(KEY)
    assert len(sandbox.state.sandbox.tokens._live) == issued
    set_clock.move(timedelta(minutes=4, seconds=45))
    await api.find(KEY)
    assert len(sandbox.state.sandbox.tokens._live) == issued + 1
    sandbox.state.sandbox.tokens.revoke_all()
    assert await api.find(KEY) is not None


@pytest.mark.parametrize("kind", ["500", "503", "429", "401", "closed_before", "timeout_before"])
async def test_without_a_token_nothing_was_sent(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    order(sandbox, kind, on="token", seconds=0, retry_after=7)
    with pytest.raises(UnavailableError) as error:
        await over_network.file(complaint(), KEY)
    assert error.value.wait in {timedelta(seconds=7), None}
    assert not taken(sandbox)


@pytest.mark.parametrize("kind", ["503", "429"])
async def test_the_intake_says_how_long_to_wait(
    api: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    order(sandbox, kind, retry_after=90)
    with pytest.raises(UnavailableError) as error:
        await api.file(complaint(), KEY)
    assert error.value.wait == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        ("9" * 5000, 86_400),
        ("-5", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 20:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 20:01:00 -0000", 60),
        ("٣", None),
    ],
)
def test_how_long_to_wait_is_read(said: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert wait_of(said, NOW) == expected


@pytest.mark.parametrize("kind", ["500", "closed_after", "garbled", "other_enum", "unknown_field"])
async def test_a_look_up_that_fails_never_says_that_there_is_nothing(
    over_network: IntakeApi, sandbox: FastAPI, kind: FaultKind
) -> None:
    number = (await over_network.file(complaint(), KEY)).number
    order(sandbox, kind, on="find")
    with pytest.raises(UnknownOutcomeError):
        await over_network.find(KEY)
    order(sandbox, kind, on="state")
    with pytest.raises(UnknownOutcomeError):
        await over_network.state(number)


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
