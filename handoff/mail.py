"""Paging by e-mail: a second way that does not depend on the telephone network.

The standard library speaks SMTP, in a thread: nothing else waits while a server is slow.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from amaan.clock import Clock
from amaan.errors import ConfigurationError, OutsideServiceError, UnknownOutcomeError
from amaan.settings import Settings
from amaan.storage import Vault
from amaan.storage.models import Staff

TIMEOUT_SECONDS = 10.0
"""For every step of the dialogue with the server."""
SUBJECT = "Amaan: a case waits"
_THREADS = 4
# What the server is greeted with: the machine's own name would say where the house stands.
_OWN_NAME = "localhost"


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out."""

    host: str
    port: int
    encrypted: bool
    """TLS from the first byte (``smtps``); otherwise STARTTLS when the server offers it."""
    user: str | None = None
    word: str | None = None

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Reads ``smtps://user:word@host:465`` or ``smtp://host:25``.

        Raises `ConfigurationError`, whose message does not repeat the url.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ConfigurationError("AMAAN_SMTP_URL is no address such as smtps://user:word@host")
        encrypted = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if encrypted else 587 if parts.username else 25),
            encrypted=encrypted,
            user=unquote(parts.username) if parts.username else None,
            word=unquote(parts.password) if parts.password else None,
        )


class MailPager:
    """Implements `handoff.pager.MeansOfPaging` by SMTP."""

    def __init__(
        self, settings: Settings, vault: Vault, clock: Clock, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._sender = settings.mail_from
        self._server = (
            MailServer.from_url(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        )
        self._vault = vault
        self._clock = clock
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail")

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Sends `text` to the person's sealed address.

        Raises `OutsideServiceError` (codes ``no_mail``, ``no_address``, ``mail_refused``,
        ``mail_unreachable``) and `UnknownOutcomeError` when the line broke after the text.
        """
        address = self._vault.open_staff(staff, "email_sealed")
        if self._server is None:
            raise OutsideServiceError("no mail server is set", code="no_mail")
        if address is None:
            raise OutsideServiceError("this person has no e-mail address", code="no_address")
        message = self._message(address, text)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._send, self._server, message, address)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Never certain: a mail server cannot be asked. A second mail is harmless."""
        return False

    def _message(self, address: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, address, SUBJECT
        message["Date"] = format_datetime(self._clock.now())
        # Not made from this machine's name, which would travel with every mail.
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{uuid4()}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message

    def _send(self, server: MailServer, message: EmailMessage, address: str) -> None:
        try:
            line = self._connect(server)
        except (smtplib.SMTPException, OSError, ValueError):
            # Without its cause: the library's errors hold names and addresses.
            raise OutsideServiceError("mail server not reached", code="mail_unreachable") from None
        try:
            line.send_message(message, self._sender, [address])
        except smtplib.SMTPServerDisconnected:
            raise UnknownOutcomeError("the line broke", code="mail_unknown") from None
        except (smtplib.SMTPException, ValueError):
            raise OutsideServiceError("mail server refused", code="mail_refused") from None
        except OSError:
            raise UnknownOutcomeError("the line broke", code="mail_unknown") from None
        finally:
            line.close()

    def _connect(self, server: MailServer) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if server.encrypted:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, _OWN_NAME, timeout=self._timeout, context=context
            )
        else:
            line = smtplib.SMTP(server.host, server.port, _OWN_NAME, timeout=self._timeout)
        try:
            line.ehlo()
            if not server.encrypted and (server.user or self._encrypts(server, line)):
                # A password never goes out in the clear: the library raises instead.
                line.starttls(context=context)
                line.ehlo()
            if server.user:
                line.login(server.user, server.word or "")
        except Exception:
            # Whatever went wrong, no line stays open. A thread is not cancelled, so that
            # nothing but errors comes by here; `_send` tells what they mean.
            line.close()
            raise
        return line

    def _encrypts(self, server: MailServer, line: smtplib.SMTP) -> bool:
        # On this very machine nobody listens in, and certificates there are seldom real.
        return line.has_extn("starttls") and server.host not in ("localhost", "127.0.0.1", "::1")
