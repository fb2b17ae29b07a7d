"""What the stand-in for Twilio remembers: messages sent, and faults ordered. In memory only."""

from __future__ import annotations

import random
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from amaan.clock import Clock
from telephony.segments import segments
from telephony.twilio.stand_in_phones import Content, Media, Phones

FaultKind = Literal[
    "429",
    "500",
    "500_after",
    "timeout_before",
    "timeout_after",
    "21610",
    "63016",
    "callbacks",
    "refused",
    "carrier",
]
FAULTS: frozenset[str] = frozenset(get_args(FaultKind))
_OUTSIDE_WINDOW = 63016
_PAGE_SIZE = 50


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one request to create a message."""

    kind: FaultKind
    seconds: float = 30.0
    """How long a ``timeout_*`` keeps the caller waiting."""
    order: tuple[str, ...] = ()
    """For ``callbacks``: the states that are reported, in this order."""
    code: int = 30008
    """For ``refused`` (at once) and ``carrier`` (by callback): the error code."""


@dataclass
class Sent:
    """One message that the stand-in took."""

    sid: str
    account_sid: str
    to: str
    sender: str
    body: str
    created_at: datetime
    status_callback: str | None
    messaging_service_sid: str | None = None
    status: str = "queued"
    error_code: int | None = None
    content_sid: str | None = None
    content_variables: str | None = None

    @property
    def door(self) -> str:
        """``whatsapp`` or ``sms``."""
        return "whatsapp" if self.to.startswith("whatsapp:") else "sms"

    def to_json(self) -> dict[str, Any]:
        """As Twilio's API shows a message (schema ``api.v2010.account.message``)."""
        created = format_datetime(self.created_at.astimezone(UTC))
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}.json"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": None if self.status == "queued" else created,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender or None,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": "0",
            "num_segments": str(segments(self.body) if self.door == "sms" else 1),
            "price": None,
            "price_unit": "USD",
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "uri": path,
        }


@dataclass
class Call:
    """One telephone call that the stand-in made; nobody picks up."""

    sid: str
    account_sid: str
    to: str
    caller: str
    twiml: str
    created_at: datetime
    status: str = "queued"

    def to_json(self) -> dict[str, Any]:
        """As Twilio's API shows a call (schema ``api.v2010.account.call``)."""
        created = format_datetime(self.created_at.astimezone(UTC))
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "date_created": created,
            "date_updated": created,
            "direction": "outbound-api",
            "duration": None,
            "end_time": None,
            "from": self.caller,
            "price": None,
            "price_unit": "USD",
            "start_time": None,
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Calls/{self.sid}.json",
        }


@dataclass
class Book:
    """Everything one stand-in knows."""

    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    phones: Phones = field(init=False)
    contents: dict[str, Content] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    """What phones attached, by message and media id."""
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  (no secret: order of callbacks)

    def __post_init__(self) -> None:
        self.phones = Phones(self.clock)

    def take(self, account_sid: str, form: dict[str, str]) -> Sent:
        """Notes a message under an id of its own."""
        service = form.get("MessagingServiceSid")
        content = self.contents.get(form.get("ContentSid", ""))
        variables = form.get("ContentVariables")
        message = Sent(
            sid="SM" + secrets.token_hex(16),
            account_sid=account_sid,
            to=form["To"],
            sender=form.get("From", ""),
            body=content.said(variables) if content else form.get("Body", ""),
            content_sid=form.get("ContentSid"),
            content_variables=variables,
            created_at=self.clock.now().replace(microsecond=0),
            status_callback=form.get("StatusCallback"),
            messaging_service_sid=service,
            status="accepted" if service else "queued",
        )
        self.sent.append(message)
        return message

    def ring(self, account_sid: str, form: dict[str, str]) -> Call:
        """Notes a call under an id of its own."""
        call = Call(
            sid="CA" + secrets.token_hex(16),
            account_sid=account_sid,
            to=form["To"],
            caller=form["From"],
            twiml=form["Twiml"],
            created_at=self.clock.now().replace(microsecond=0),
        )
        self.calls.append(call)
        return call

    def states(self, message: Sent, fault: Fault | None) -> list[str]:
        """The states that are reported of `message`: in any order, as Twilio warns."""
        if fault is not None and fault.kind == "callbacks":
            return list(fault.order)
        if self.failure(message, fault) is not None:
            return ["sent", "undelivered"]
        states = ["sent", "delivered"] + (["read"] if message.door == "whatsapp" else [])
        self.chance.shuffle(states)
        return states

    def failure(self, message: Sent, fault: Fault | None) -> int | None:
        """The code with which `message` fails on its way, if it does."""
        if fault is not None and fault.kind in ("63016", "carrier"):
            return _OUTSIDE_WINDOW if fault.kind == "63016" else fault.code
        free = message.door == "whatsapp" and not self.is_template(message.content_sid)
        outside = free and self.phones.is_silent(message.to)
        return _OUTSIDE_WINDOW if outside else None

    def is_template(self, content_sid: str | None) -> bool:
        """Whether WhatsApp has approved a content: all but those that the house made itself."""
        return content_sid is not None and content_sid not in self.contents

    def listed(self, query: dict[str, str], path: str) -> dict[str, Any]:
        """One page of messages, newest first, filtered by To, From and DateSent."""
        found = [message for message in reversed(self.sent) if _matches(message, query)]
        return _page("messages", [message.to_json() for message in found], query, path)

    def listed_calls(self, query: dict[str, str], path: str) -> dict[str, Any]:
        """One page of calls, newest first, filtered by To and From."""
        found = [
            call.to_json()
            for call in reversed(self.calls)
            if query.get("To", call.to) == call.to and query.get("From", call.caller) == call.caller
        ]
        return _page("calls", found, query, path)


def _page(
    name: str, found: list[dict[str, Any]], query: dict[str, str], path: str
) -> dict[str, Any]:
    size = min(int(query.get("PageSize", _PAGE_SIZE)), 1000)
    page = int(query.get("Page", 0))
    shown = found[page * size : (page + 1) * size]
    following = urlencode({**query, "Page": str(page + 1), "PageSize": str(size)})
    more = len(found) > (page + 1) * size
    return {
        name: shown,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": path,
        "first_page_uri": path,
        "previous_page_uri": None,
        "next_page_uri": f"{path}?{following}" if more else None,
    }


def _matches(message: Sent, query: dict[str, str]) -> bool:
    if query.get("To", message.to) != message.to:
        return False
    if query.get("From", message.sender) != message.sender:
        return False
    dates = {name: query[name] for name in ("DateSent", "DateSent<", "DateSent>") if name in query}
    if not dates:
        return True
    if message.status in ("queued", "accepted"):
        return False
    day = message.created_at.date().isoformat()
    return (
        dates.get("DateSent", day)[:10] == day
        and day <= dates.get("DateSent<", day)[:10]
        and day >= dates.get("DateSent>", day)[:10]
    )
