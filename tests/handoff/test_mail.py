"""Pages by e-mail, against a real SMTP server in the test's own loop."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_string
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from amaan.core import Core
from amaan.errors import ConfigurationError, OutsideServiceError, UnknownOutcomeError
from amaan.storage.models import Staff
from handoff.mail import SUBJECT, MailPager, MailServer
from handoff.pager import page_text
from handoff.staff import StaffAccounts

ADDRESS = "amna@example.org"


class SmtpServer:
    """Speaks as much SMTP as a client needs; `breaks` names the command it goes wrong at."""

    def __init__(self, *, breaks: str = "", answer: str = "", login: str = "") -> None:
        self.breaks, self.answer, self.login = breaks, answer, login
        self.mails: list[tuple[str, list[str], str]] = []
        self.logins: list[str] = []
        self.port = 0
        self._sender, self._to = "", list[str]()

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None) -> AsyncIterator[SmtpServer]:
        """Serves on a free port of the loopback."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == self.breaks:
                answer = self.answer
            elif verb == "DATA":
                answer = await self._take_text(reader, writer)
            else:
                answer = self._answer(verb, line)
            if not answer:
                break
            writer.write(f"{answer}\r\n".encode())
        writer.close()

    def _answer(self, verb: str, line: str) -> str:
        if verb == "EHLO":
            return "250-test\r\n250 AUTH PLAIN" if self.login else "250 test"
        if verb == "AUTH":
            self.logins.append(base64.b64decode(line.split(" ")[2]).decode())
            return "235 ok" if self.logins[-1] == self.login else "535 wrong"
        if verb == "MAIL":
            self._sender, self._to = line.split("<")[1].split(">")[0], []
        elif verb == "RCPT":
            self._to.append(line.split("<")[1].split(">")[0])
        return "" if verb == "QUIT" else "250 ok"

    async def _take_text(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        writer.write(b"354 go on\r\n")
        text = (await reader.readuntil(b"\r\n.\r\n")).decode()
        self.mails.append((self._sender, self._to, text.removesuffix("\r\n.\r\n")))
        return "" if self.breaks == "END" else "250 taken"


@pytest.fixture
async def person(core: Core) -> Staff:
    """Somebody who is paged by e-mail."""
    return await StaffAccounts(core).add("amna", "supervisor", ["ur"], means="email", email=ADDRESS)


def pager(core: Core, url: str | None, timeout: float = 2.0) -> MailPager:
    """The pager of a house with this mail server."""
    settings = core.settings.model_copy(
        update={"smtp_url": SecretStr(url) if url else None, "mail_from": "amaan@example.org"}
    )
    return MailPager(settings, core.vault, core.clock, timeout=timeout)


async def test_a_mail_says_that_a_case_waits_and_no_more(core: Core, person: Staff) -> None:
    async with SmtpServer().running() as server:
        await pager(core, f"smtp://127.0.0.1:{server.port}").page(
            person, "email", page_text(person.id)
        )
    ((sender, to, text),) = server.mails
    assert (sender, to) == ("amaan@example.org", [ADDRESS])
    mail = message_from_string(text)
    assert mail["Subject"] == SUBJECT
    assert mail["To"] == ADDRESS
    assert str(mail.get_payload()).strip() == page_text(person.id)
    assert mail["Message-ID"].endswith("@example.org>")
    assert "2026" in mail["Date"]


@pytest.mark.parametrize(
    ("breaks", "answer", "code"),
    [
        ("RCPT", "550 nobody here", "mail_refused"),
        ("MAIL", "451 later", "mail_refused"),
        ("DATA", "554 no", "mail_refused"),
        ("EHLO", "", "mail_unreachable"),
    ],
)
async def test_what_surely_did_not_go_out(
    core: Core, person: Staff, breaks: str, answer: str, code: str
) -> None:
    async with SmtpServer(breaks=breaks, answer=answer).running() as server:
        with pytest.raises(OutsideServiceError) as refused:
            await pager(core, f"smtp://127.0.0.1:{server.port}").page(person, "email", "words")
    assert refused.value.code == code
    assert not isinstance(refused.value, UnknownOutcomeError)
    assert server.mails == []


async def test_a_line_that_breaks_after_the_text_is_unknown(core: Core, person: Staff) -> None:
    async with SmtpServer(breaks="END").running() as server:
        with pytest.raises(UnknownOutcomeError):
            await pager(core, f"smtp://127.0.0.1:{server.port}").page(person, "email", "words")
    assert len(server.mails) == 1
    assert not await pager(core, None).was_paged(person, "email", "words", core.clock.now())


async def test_a_silent_server_is_given_up(core: Core, person: Staff) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(OutsideServiceError) as refused:
        await pager(core, f"smtp://127.0.0.1:{port}", timeout=0.3).page(person, "email", "words")
    assert refused.value.code == "mail_unreachable"
    server.close()


async def test_without_server_or_address(core: Core, person: Staff) -> None:
    with pytest.raises(OutsideServiceError) as refused:
        await pager(core, None).page(person, "email", "words")
    assert refused.value.code == "no_mail"
    other = await StaffAccounts(core).add("bano", "supervisor", ["ur"])
    with pytest.raises(OutsideServiceError) as refused:
        await pager(core, "smtp://127.0.0.1:9").page(other, "email", "words")
    assert refused.value.code == "no_address"


async def test_a_password_never_goes_out_in_the_clear(core: Core, person: Staff) -> None:
    async with SmtpServer(login="\0us er\0word").running() as server:
        with pytest.raises(OutsideServiceError):
            await pager(core, f"smtp://us%20er:word@127.0.0.1:{server.port}").page(
                person, "email", "words"
            )
    assert (server.logins, server.mails) == ([], [])


def certificate(folder: Path) -> Path:
    """A certificate of ``localhost`` with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.mark.parametrize("trusted", [True, False])
async def test_encrypted_with_a_password(
    core: Core, person: Staff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    file = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    async with SmtpServer(login="\0user\0w:rd").running(context) as server:
        own = pager(core, f"smtps://user:w%3Ard@localhost:{server.port}")
        if trusted:
            await own.page(person, "email", "words")
        else:
            with pytest.raises(OutsideServiceError) as refused:
                await own.page(person, "email", "words")
            assert refused.value.code == "mail_unreachable"
    assert len(server.mails) == len(server.logins) == int(trusted)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", MailServer("mail", 25, encrypted=False)),
        ("smtps://mail", MailServer("mail", 465, encrypted=True)),
        ("smtp://u:w@mail", MailServer("mail", 587, encrypted=False, user="u", word="w")),
        ("smtps://u%40x:w@mail:99", MailServer("mail", 99, encrypted=True, user="u@x", word="w")),
    ],
)
def test_reading_the_setting(url: str, server: MailServer) -> None:
    assert MailServer.from_url(url) == server


@pytest.mark.parametrize(
    "url", ["", "http://mail", "smtp://", "mail:25", "smtp://mail:x", "smtp://["]
)
def test_a_setting_that_is_none_is_not_repeated_in_the_error(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        MailServer.from_url(url)
    assert "AMAAN_SMTP_URL" in str(refused.value)
