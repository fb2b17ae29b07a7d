"""Sends through Twilio's REST API, with its errors translated to what they mean for a message."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

# Loaded at the start: on first use it would cost the first page of a worker half a second.
import twilio.rest.api.v2010.account  # type: ignore[import-untyped]  # noqa: F401  # no types
from requests import exceptions as requests_errors
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # no types
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # no types
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from amaan.errors import OutsideServiceError, UnknownOutcomeError
from amaan.settings import Settings
from telephony.sender import NotTakenError, SendRefusedError, TextDoor, none_known

TIMEOUT_SECONDS = 10.0
"""How long Twilio's answer is waited for; usual is well under one second."""
_THREADS = 8
# Twilio notes whole seconds by its own clock; ours may run ahead of it.
_CLOCK_DIFFERENCE = timedelta(seconds=30)
# The newest messages to one number: more than a conversation exchanges in a retry's time.
_LOOK_BACK = 100
_REFUSING = frozenset({400, 405, 406, 409, 410, 413, 415, 422})
"""HTTP answers about this very message; others below 500 are about the account or the moment."""
_UNTOUCHED = frozenset(range(300, 500)) - {408}
"""HTTP answers after which the message was certainly not taken."""

_Result = TypeVar("_Result")


class BaseUrlHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Twilio's HTTP client, pointed elsewhere: at a stand-in or an egress proxy.

    Logs nothing and keeps nothing: the library would log numbers and hold the
    last request, words included, for as long as it lives.
    """

    def __init__(self, base: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout, max_retries=0)
        self._base = urlsplit(base) if base else None
        if self._base is not None:
            # A proxy of the environment must never see what is meant for this base.
            self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        """Makes the request at the base url. See `TwilioHttpClient.request`."""
        if self._base is not None:
            parts = urlsplit(url)
            url = urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        try:
            return super().request(method, url, *args, **options)
        finally:
            self._test_only_last_request = self._test_only_last_response = None

    def log_request(self, kwargs: Any) -> None:
        """Nothing: it would hold a number."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing: it would hold a text."""


class TwilioLine:
    """Calls Twilio's API in threads of its own; what sends and what telephones is built on it."""

    def __init__(self, settings: Settings, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._settings = settings
        self._timeout = timeout_seconds
        # Threads of our own: when Twilio hangs, nothing else in the process waits.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="twilio")
        # A client for each thread: the library hands out the answer through an
        # attribute, so two threads sharing one can be given each other's message id.
        self._local = threading.local()

    def close(self) -> None:
        """Lets the threads end after what they are doing."""
        self._threads.shutdown(wait=False)

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            settings = self._settings
            client = self._local.client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token.get_secret_value(),
                http_client=BaseUrlHttpClient(settings.twilio_base_url, self._timeout),
            )
        return client

    async def _run(self, call: Callable[[], _Result]) -> _Result:
        def translating() -> _Result:
            try:
                return call()
            except Exception as error:
                # Without its cause: the library's errors hold URLs, numbers and texts.
                raise translated(error) from None

        return await asyncio.get_running_loop().run_in_executor(self._threads, translating)


class TwilioSender(TwilioLine):
    """Implements `telephony.sender.Sender`."""

    async def send(
        self, door: TextDoor, address: str, text: str, *, reference: UUID | None = None
    ) -> str:
        """See `Sender.send`."""
        fields = self._fields(door, address, text, reference)

        def create() -> str:
            return str(self._client().messages.create(**fields).sid)

        return await self._run(create)

    async def find_sent(
        self,
        door: TextDoor,
        address: str,
        text: str,
        since: datetime,
        *,
        excluding: Callable[[str], bool] = none_known,
    ) -> str | None:
        """See `Sender.find_sent`.

        Lists by recipient alone and compares times here: Twilio filters by the
        time of *sending*, which a message still in its queue does not have.
        """
        to, earliest = _channel_address(door, address), earliest_of(since)

        def look() -> str | None:
            for message in self._client().messages.list(to=to, limit=_LOOK_BACK):
                taken = message.date_created
                if taken is None or taken < earliest:
                    continue
                # Space at the ends may be lost on the way and is no difference to her.
                if (message.body or "").strip() == text.strip() and not excluding(message.sid):
                    return str(message.sid)
            return None

        try:
            return await self._run(look)
        except SendRefusedError as error:
            # Refused to be looked up is not refused to be sent.
            raise NotTakenError(error.provider_code) from None

    def _fields(
        self, door: TextDoor, address: str, text: str, reference: UUID | None
    ) -> dict[str, str]:
        settings = self._settings
        sender = settings.twilio_sms_from if door == "sms" else settings.twilio_whatsapp_from
        callback = f"{settings.origin}/twilio/status"
        return {
            "to": _channel_address(door, address),
            "body": text,
            # Our own random id, so that a receipt finds its message even when
            # the answer to this call is lost on the way.
            "status_callback": f"{callback}?message={reference}" if reference else callback,
            "messaging_service_sid" if sender.startswith("MG") else "from_": sender,
        }


def earliest_of(since: datetime) -> datetime:
    """The earliest time by Twilio's clock of something that was done since then by ours."""
    return since.astimezone(UTC).replace(microsecond=0) - _CLOCK_DIFFERENCE


def _channel_address(door: TextDoor, address: str) -> str:
    return f"whatsapp:{address}" if door == "whatsapp" else address


def translated(error: Exception) -> OutsideServiceError:
    """What an error of the library means for the message it was about.

    Whatever is not known to have left the message untouched counts as unknown.
    """
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = str(error.code or error.status)
        if error.status in _REFUSING:
            return SendRefusedError(code)
        if error.status in _UNTOUCHED:
            return NotTakenError(code)
    elif _never_connected(error):
        return NotTakenError("unreachable")
    return UnknownOutcomeError("Twilio's answer was lost", code="twilio_unknown")


def _never_connected(error: Exception) -> bool:
    """Whether the request cannot have reached Twilio."""
    if isinstance(error, requests_errors.ConnectTimeout | requests_errors.SSLError):
        return True
    if not isinstance(error, requests_errors.ConnectionError) or not error.args:
        return False
    return isinstance(getattr(error.args[0], "reason", None), NewConnectionError)
