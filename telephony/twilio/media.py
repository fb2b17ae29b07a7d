"""Voice notes at Twilio: recognised by their address, streamed to whoever may listen, deleted.

The address in a webhook is never called. Two ids are read out of it when it lies under
our own account, and whatever is fetched later is addressed anew from those.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from amaan.errors import NotFoundError, OutsideServiceError
from amaan.ports import Recording
from amaan.settings import Settings
from telephony.sender import NotTakenError, SendRefusedError
from telephony.twilio.outbound import TIMEOUT_SECONDS, TwilioLine

TWILIO = "https://api.twilio.com"
MAX_BYTES = 16 * 1024 * 1024
"""WhatsApp takes no larger sound (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages)."""
AUDIO = frozenset(
    {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/3gpp", "audio/wav"}
)
"""Kinds of sound that are handed on (same page): a page's script could hide in others."""
# Where Twilio keeps media: with and without "Enforce HTTP Auth on Media URLs"
# (https://help.twilio.com/articles/223183748, read 2026-11-22).
_STORES = frozenset({"mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com"})
_SID = re.compile(r"(?P<message>(?:MM|SM)[0-9a-f]{32})/(?P<media>ME[0-9a-f]{32})")


def recording_of(settings: Settings, url: str) -> str | None:
    """Our id of the recording at `url`; None when it does not lie under our account at Twilio."""
    base = settings.twilio_base_url or TWILIO
    start = f"{base.rstrip('/')}/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages/"
    found = _SID.fullmatch(url.removeprefix(start).replace("/Media/", "/", 1))
    return found.group() if found and url.startswith(start) else None


class TwilioRecordings(TwilioLine):
    """Implements `amaan.ports.Recordings`."""

    def __init__(self, settings: Settings, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        super().__init__(settings, timeout_seconds=timeout_seconds)
        self._account = (
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
        )

    @asynccontextmanager
    async def open(self, sid: str) -> AsyncIterator[Recording]:
        """See `Recordings.open`."""
        message, media = _ids(sid)
        base = (self._settings.twilio_base_url or TWILIO).rstrip("/")
        path = f"/2010-04-01/Accounts/{self._account[0]}/Messages/{message}/Media/{media}"
        client = httpx.AsyncClient(
            timeout=self._timeout, trust_env=self._settings.twilio_base_url is None
        )
        try:
            async with client:
                answer = await client.send(
                    client.build_request("GET", base + path), auth=self._account, stream=True
                )
                if answer.is_redirect:
                    await answer.aclose()
                    # Without our secret: the store's address carries its own.
                    request = client.build_request("GET", _store(answer))
                    answer = await client.send(request, stream=True)
                try:
                    yield Recording(_kind(answer), _pieces(answer))
                finally:
                    await answer.aclose()
        except httpx.HTTPError:
            # Without its cause, which holds the address.
            raise OutsideServiceError("a recording could not be fetched") from None

    async def delete(self, sid: str) -> None:
        """See `Recordings.delete`."""
        message, media = _ids(sid)

        def remove() -> None:
            self._client().messages(message).media(media).delete()

        try:
            await self._run(remove)
        except (NotTakenError, SendRefusedError) as error:
            if error.provider_code not in ("20404", "404"):
                raise


def _ids(sid: str) -> tuple[str, str]:
    found = _SID.fullmatch(sid)
    if found is None:
        raise NotFoundError("this is no recording")
    return found["message"], found["media"]


def _store(answer: httpx.Response) -> str:
    """Where Twilio sends us; nowhere but to its own stores."""
    address = answer.headers.get("location", "")
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname not in _STORES or parts.port not in (None, 443):
        raise OutsideServiceError("a recording lies where Twilio keeps none")
    return str(address)


def _kind(answer: httpx.Response) -> str:
    if answer.status_code in (404, 410):
        raise NotFoundError("the recording is gone", code="recording_gone")
    if answer.status_code != httpx.codes.OK:
        raise OutsideServiceError(f"a recording was refused: {answer.status_code}")
    kind: str = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    size = answer.headers.get("content-length", "0")
    if kind not in AUDIO or not size.isdecimal() or int(size) > MAX_BYTES:
        raise OutsideServiceError("what was recorded is no sound, or too large")
    return kind


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    try:
        async for piece in answer.aiter_bytes():
            size += len(piece)
            if size > MAX_BYTES:
                raise OutsideServiceError("a recording is longer than it said")
            yield piece
    except httpx.HTTPError:
        raise OutsideServiceError("a recording broke off") from None
