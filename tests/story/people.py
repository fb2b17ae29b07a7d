"""People who write to the running helpline: by phone and by web page, as plain HTTP."""

from __future__ import annotations

import html
import re
import time
from itertools import count
from uuid import uuid4

import httpx
from twilio.request_validator import RequestValidator

from tests.story.stage import Stage

_FIELD = re.compile(r'name="(secret|message_key|started)" value="([^"]*)"')
_TEXT = re.compile(r'<li class="(you|helper|person)".*?<div class="text"[^>]*>(.*?)</div>', re.S)
_TAG = re.compile(r"<[^>]+>")
_numbers = count(1)


class Phone:
    """Somebody with a phone; every message gets an id of its own, as Twilio gives it."""

    def __init__(self, stage: Stage, door: str) -> None:
        self.stage = stage
        self.door = door
        self.number = f"+92300000{next(_numbers):04d}"

    def form(self, text: str, sid: str | None = None, **more: str) -> dict[str, str]:
        """The form Twilio posts."""
        prefix = "whatsapp:" if self.door == "whatsapp" else ""
        return {
            "MessageSid": sid or f"SM{uuid4().hex}",
            "AccountSid": "AC" + "0" * 32,
            "From": prefix + self.number,
            "To": prefix + "+92300000100",
            "Body": text,
            "NumMedia": "0",
            **more,
        }

    def post(self, form: dict[str, str], signature: str | None = None) -> int:
        """Posts a form with Twilio's signature; returns the status."""
        url = f"{self.stage.public}/twilio/{self.door}"
        if signature is None:
            signature = RequestValidator(self.stage.twilio_token).compute_signature(url, form)
        with httpx.Client(trust_env=False, timeout=10) as client:
            return client.post(
                url, data=form, headers={"X-Twilio-Signature": signature}
            ).status_code

    def write(self, text: str, sid: str | None = None) -> None:
        """Sends a message, again and again until it is acknowledged, as Twilio does."""
        form = self.form(text, sid)
        for _attempt in range(100):
            try:
                if self.post(form) == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError("never acknowledged")

    def read(self) -> list[str]:
        """The texts that came to this phone, oldest first."""
        prefix = "whatsapp:" if self.door == "whatsapp" else ""
        return [m["body"] for m in self.stage.sent() if m["to"] == prefix + self.number]


class Page:
    """Somebody at the web page with script off."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._client = httpx.Client(
            base_url=stage.public,
            trust_env=False,
            timeout=20,
            headers={
                "Origin": stage.public,
                "Sec-Fetch-Site": "same-origin",
                # A page without script; script asks for JSON.
                "Accept": "text/html",
            },
        )
        self._fields: dict[str, str] = {}
        self._show(self._client.get("/"))

    def _show(self, response: httpx.Response) -> None:
        assert response.status_code == httpx.codes.OK, response.status_code
        assert "set-cookie" not in response.headers
        self.html = response.text
        self._fields = dict(_FIELD.findall(self.html))

    def write(self, text: str) -> None:
        """Posts a message; the server waits a little for the answer."""
        self._show(self._client.post("/", data={**self._fields, "text": text, "do": "send"}))

    def press(self, action: str) -> None:
        """Presses another button: ``refresh``, ``erase``, ``erase_now``."""
        self._show(self._client.post("/", data={**self._fields, "do": action}))

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(who, text) of every message shown."""
        return [
            (who, html.unescape(_TAG.sub("", text)).strip())
            for who, text in _TEXT.findall(self.html)
        ]

    def answers(self) -> list[str]:
        """What the helper or a trained person said."""
        return [text for who, text in self.lines if who != "you"]
