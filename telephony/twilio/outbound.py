"""Sends through Twilio's REST API, with its errors translated to what they mean for a message."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit
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
from amaan.logs import log
from amaan.settings import Settings
from telephony.pool import pool
from telephony.sender import (
    PLAIN,
    Manner,
    Meaning,
    NotTakenError,
    SendRefusedError,
    TextDoor,
    none_known,
)
from telephony.twilio.codes import meaning_of
from telephony.twilio.contents import Contents, Shape, shape_of, variables_of

TIMEOUT_SECONDS = 10.0
"""How long Twilio's answer is waited for; usual is well under one second."""
_THREADS = 8
# Twilio notes whole seconds by its own clock; ours may run ahead of it.
_CLOCK_DIFFERENCE = timedelta(seconds=30)
# The newest messages to one number: more than a conversation exchanges in a retry's time.
_LOOK_BACK = 100
_REFUSING = frozenset({400, 405, 406, 409, 410, 413, 415, 422})
"""HTTP answers about this very message; others below 500 are about the account or the moment."""
_ACCOUNT = frozenset({401, 403, 404})
"""HTTP answers about our account."""
_UNTOUCHED = frozenset(range(300, 500)) - {408}
"""HTTP answers after which the message was certainly not taken."""

_API = "api.twilio.com"
"""The host of which a base url stands in the place; a stand-in stands for all of Twilio's."""

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
        if self._base is not None and not self._is_elsewhere(url):
            parts = urlsplit(url)
            url = urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        try:
            return super().request(method, url, *args, **options)
        finally:
            self._test_only_last_request = self._test_only_last_response = None

    def _is_elsewhere(self, url: str) -> bool:
        # With Twilio itself as the base, contents keep their own host (content.twilio.com).
        named = self._base.hostname if self._base else None
        return (named or "").endswith(".twilio.com") and urlsplit(url).hostname != _API

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

    def __init__(self, settings: Settings, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        super().__init__(settings, timeout_seconds=timeout_seconds)
        self._contents = Contents()

    async def send(
        self,
        door: TextDoor,
        address: str,
        text: str,
        *,
        reference: UUID | None = None,
        manner: Manner = PLAIN,
    ) -> str:
        """See `Sender.send`."""
        fields = self._fields(door, address, reference, manner)
        shape = shape_of(manner) if self._has_buttons(door, manner) else None

        def create(**said: str) -> str:
            return str(self._client().messages.create(**fields, **said).sid)

        def create_with_buttons(shape: Shape) -> str:
            sid = self._contents.sid(self._client(), shape)
            return create(content_sid=sid, content_variables=variables_of(manner))

        if shape is not None:
            try:
                return await self._run(partial(create_with_buttons, shape))
            except (SendRefusedError, NotTakenError) as error:
                if not _is_about_buttons(error):
                    raise
                log().warning("buttons_refused", code=error.provider_code)
        said = {"content_sid": manner.template} if manner.template else {"body": text}
        return await self._run(lambda: create(**said))

    def _has_buttons(self, door: TextDoor, manner: Manner) -> bool:
        return door == "whatsapp" and self._settings.twilio_buttons and manner.template is None

    async def find_sent(
        self,
        door: TextDoor,
        address: str,
        text: str,
        since: datetime,
        *,
        reference: UUID | None = None,
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
                if self._is_same(door, message.body or "", text) and not excluding(message.sid):
                    return str(message.sid)
            return None

        try:
            return await self._run(look)
        except SendRefusedError as error:
            # Refused to be looked up is not refused to be sent.
            raise NotTakenError(error.provider_code) from None

    def _is_same(self, door: TextDoor, taken: str, text: str) -> bool:
        # Space at the ends may be lost on the way and is no difference to her.
        if taken.strip() == text.strip():
            return True
        # With buttons the menu is no part of the text.
        buttons = door == "whatsapp" and self._settings.twilio_buttons
        return buttons and bool(taken.strip()) and text.startswith(f"{taken.strip()}\n1 ")

    def _fields(
        self, door: TextDoor, address: str, reference: UUID | None, manner: Manner
    ) -> dict[str, str]:
        numbers = pool(self._settings, door)
        sender = numbers[manner.number % len(numbers)]
        return {
            "to": _channel_address(door, address),
            "status_callback": self._callback(reference, manner),
            "messaging_service_sid" if sender.startswith("MG") else "from_": sender,
        }

    def _callback(self, reference: UUID | None, manner: Manner) -> str:
        address = f"{self._settings.origin}/twilio/status"
        if reference is None:
            return address
        # Our own random id, so that a receipt finds its message even when the answer to
        # this call is lost on the way.
        return f"{address}?{urlencode({'message': reference, 'attempt': manner.attempt})}"


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
        if error.status in _UNTOUCHED:
            return _untaken(code, error.status)
    elif _never_connected(error):
        return NotTakenError("unreachable")
    return UnknownOutcomeError("Twilio's answer was lost", code="twilio_unknown")


def _is_about_buttons(error: SendRefusedError | NotTakenError) -> bool:
    """Whether the same words as a numbered menu may be taken: all but the number was asked."""
    if isinstance(error, NotTakenError):
        return error.trouble
    return error.meaning is Meaning.NEVER


def _untaken(code: str, status: int) -> OutsideServiceError:
    """The error for a message that was certainly not taken."""
    meaning = meaning_of(code)
    if meaning is Meaning.TROUBLE or status in _ACCOUNT:
        # Tried again for a while: she gets it if the operator is quick.
        return NotTakenError(code, trouble=True)
    if meaning is Meaning.LATER or status not in _REFUSING:
        return NotTakenError(code)
    return SendRefusedError(code, meaning or Meaning.NEVER)


def _never_connected(error: Exception) -> bool:
    """Whether the request cannot have reached Twilio."""
    if isinstance(error, requests_errors.ConnectTimeout | requests_errors.SSLError):
        return True
    if not isinstance(error, requests_errors.ConnectionError) or not error.args:
        return False
    return isinstance(getattr(error.args[0], "reason", None), NewConnectionError)
