"""Draws requests that no honest client makes, from a seed: the same seed, the same requests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from bench.doors.strange import (
    FORM,
    HEADERS,
    JSON,
    JSON_BODIES,
    MARKER,
    NUMBER,
    OTHER_METHODS,
    OTHER_TYPES,
    VALUES,
    Headers,
    body,
    broken,
)
from telephony.gateway.protocol import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature

_PROVIDERS = ("/twilio", "/sms")
_OF_TWILIO = (
    "MessageSid", "From", "To", "Body", "NumMedia", "MessageStatus", "ErrorCode",
    "MediaUrl0", "MediaContentType0", "ButtonPayload", "ButtonText", "ListId",
)  # fmt: skip
_OF_PAGE = (
    "secret", "started", "message_key", "text", "pick", "do", "lang", "page_lang", "chosen",
    "after", "number", "words", "word", "locked", "lock", "awake", "proof", "sha256", "kind",
    "about", "intimate",
)  # fmt: skip
_DEEDS = (
    "send", "lang", "refresh", "keep", "lock", "word", "word_off", "come_back", "leave_back",
    "erase", "erase_now", "new", "leave", "sheet", "add_proof",
)  # fmt: skip
# Past the page's own limit, and past the application's.
_TOO_LARGE = (257 * 1024, 1100 * 1024)
# Of seconds: within the tolerance, and far out of it.
_CLOCKS = (0, 0, 0, -290, -(10**6), 10**6)


@dataclass(frozen=True)
class Hostile:
    """One request."""

    wire: bytes
    """As it goes over the line."""
    may_store: bool = False
    """Whether it may be what it claims to be: everything else must leave no row behind."""
    is_http: bool = True
    """Else the server may answer in its own words, or just hang up."""
    is_head: bool = False
    wants_page: bool = False
    """Whether a refusal may be a page."""


@dataclass(frozen=True)
class Keys:
    """What the operator's own providers know; strangers do not."""

    origin: str
    twilio_token: str
    gateway_secret: str
    now: Callable[[], int]
    """Seconds since 1970."""


class Draw:
    """Draws requests. `routes` are "METHOD /path", as `checks_by_route` names them."""

    def __init__(self, seed: int, routes: Sequence[str], keys: Keys) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (repeatable, no secret)
        self._paths = sorted({route.partition(" ")[2] for route in routes})
        self._keys = keys
        self._validator = RequestValidator(keys.twilio_token)

    def next(self) -> Hostile:
        """One more request."""
        path = self._chance.choice(self._paths)
        if self._one_in(10):
            return Hostile(broken(self._chance, path.encode()), is_http=False)
        if self._one_in(2):
            return self._nonsense(path)
        if path.startswith("/twilio"):
            return self._signed_form(path)
        return self._signed_json(path) if path.startswith("/sms") else self._page_form(path)

    def _one_in(self, count: int) -> bool:
        return self._chance.randrange(count) == 0

    # Rightly signed, or from the page, and strange inside

    def _signed_form(self, path: str) -> Hostile:
        pairs = self._pairs(_OF_TWILIO)
        target = path + self._query()
        given = self._validator.compute_signature(
            self._keys.origin + target, ImmutableMultiDict(pairs)
        )
        headers: Headers = [(b"Content-Type", FORM), (b"X-Twilio-Signature", given.encode())]
        return self._request(b"POST", target, headers, urlencode(pairs).encode(), may_store=True)

    def _signed_json(self, path: str) -> Hostile:
        said = self._chance.choice(JSON_BODIES) if self._one_in(3) else self._json()
        timestamp = str(self._keys.now() + self._chance.choice(_CLOCKS))
        given = signature(self._keys.gateway_secret, timestamp, said)
        headers: Headers = [
            (b"Content-Type", FORM if self._one_in(5) else JSON),
            (TIMESTAMP_HEADER.encode(), timestamp.encode()),
            (SIGNATURE_HEADER.encode(), given.encode()),
        ]
        return self._request(b"POST", path + self._query(), headers, said, may_store=True)

    def _page_form(self, path: str) -> Hostile:
        # As many as the page itself posts at most: of more than twenty it would read none.
        pairs = self._pairs(self._chance.sample(_OF_PAGE, 17))
        if not self._one_in(3):
            pairs.append(("do", self._chance.choice(_DEEDS)))
        # Seldom as a browser without script: such a page waits for the answer.
        accept = b"text/html" if self._one_in(50) else JSON
        headers: Headers = [(b"Content-Type", FORM), (b"Accept", accept)]
        return self._request(b"POST", path, headers, urlencode(pairs).encode(), may_store=True)

    # What nobody may take

    def _nonsense(self, path: str) -> Hostile:
        """Unsigned or forged, unreadable, from a foreign page, or by the wrong method."""
        chance = self._chance
        target = self._target(path) + self._query()
        headers = chance.sample(HEADERS, chance.randrange(5))
        said = body(chance)
        if self._one_in(5):
            return self._request(chance.choice(OTHER_METHODS), target, headers, said)
        if path.startswith(_PROVIDERS):
            headers.append((b"Content-Type", chance.choice((FORM, JSON, *OTHER_TYPES))))
            headers += [] if self._one_in(2) else self._forged()
            return self._request(b"POST", target, headers, said)
        kind, extra, said = chance.choice(
            (
                (chance.choice(OTHER_TYPES), [], said),
                (FORM, [], b"text=\xff\xfe" + said),
                (FORM, [], b"&".join([b"text=a"] * 21)),
                (FORM, [(b"Sec-Fetch-Site", b"cross-site")], b"text=salam&do=send"),
                (FORM, [(b"Origin", b"https://evil.example")], b"text=salam&do=send"),
                (FORM, [], b"text=" + b"a" * chance.choice(_TOO_LARGE)),
            )
        )
        # First, because only the first header of a name counts.
        return self._request(b"POST", target, [*extra, *_without(headers, extra, kind)], said)

    def _forged(self) -> Headers:
        now = str(self._keys.now()).encode()
        names = (b"X-Twilio-Signature", SIGNATURE_HEADER.encode(), TIMESTAMP_HEADER.encode())
        values = (b"x", b"sha256=" + b"0" * 64, b"\xff", now, b"9" * 5000, b"=")
        return [(name, self._chance.choice(values)) for name in names]

    # Parts

    def _request(
        self, method: bytes, target: str, headers: Headers, said: bytes, *, may_store: bool = False
    ) -> Hostile:
        if self._one_in(10) and said:
            middle = self._chance.randrange(len(said))
            parts = [part for part in (said[:middle], said[middle:]) if part]
            said = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
            length = (b"Transfer-Encoding", b"chunked")
        else:
            length = (b"Content-Length", str(len(said)).encode())
        lines = [b"%b %b HTTP/1.1" % (method, target.encode("ascii", "replace"))]
        lines += [b"%b: %b" % line for line in ((b"Host", b"x"), *headers, length)]
        return Hostile(
            wire=b"\r\n".join(lines) + b"\r\n\r\n" + said,
            may_store=may_store,
            is_head=method == b"HEAD",
            wants_page=(b"Accept", b"text/html") in headers,
        )

    def _target(self, path: str) -> str:
        if not self._one_in(5):
            return path
        return self._chance.choice(
            (
                path + "/",
                "/" + path,
                f"{path}/../{MARKER}",
                "/" + quote(path, safe=""),
                path + "%00",
                path + "%ED%A0%80%zz",
                "/" + MARKER,
                path.upper(),
            )
        )

    def _query(self) -> str:
        if not self._one_in(3):
            return ""
        value = quote(self._chance.choice(VALUES)[:200], safe="")
        return f"?{self._chance.choice(('message', 'attempt', 'a', ''))}={value}&%ff=%zz"

    def _pairs(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Fields of a form: some right, some strange, some more than once."""
        chance = self._chance
        pairs = [
            (name, self._value(name))
            for name in names
            for _ in range(chance.choice((0, 1, 1, 1, 1, 2)))
        ]
        if self._one_in(5):
            pairs.append((chance.choice(VALUES), chance.choice(VALUES)))
        if self._one_in(50):
            pairs += [("x", "y")] * 3000
        chance.shuffle(pairs)
        return pairs

    def _value(self, name: str) -> str:
        chance = self._chance
        right = {
            "MessageSid": f"SM{chance.getrandbits(128):032x}",
            "From": chance.choice((NUMBER, f"whatsapp:{NUMBER}")),
            "MessageStatus": chance.choice(("sent", "delivered", "failed")),
            "NumMedia": "0",
            "do": "refresh",
            "lang": "ur-Arab",
            "secret": f"{chance.getrandbits(172):043x}",
            "message_key": f"{chance.getrandbits(64):016x}",
            "sha256": f"{chance.getrandbits(256):064x}",
        }
        return chance.choice(VALUES) if self._one_in(3) else right.get(name, chance.choice(VALUES))

    def _json(self) -> bytes:
        chance = self._chance
        odd: list[object] = [
            None,
            True,
            -1,
            10**30,
            1.5,
            [],
            {},
            [[]],
            "\ud800",
            "\udfff x",
            *VALUES,
        ]
        fields: dict[str, object] = {
            "id": f"{chance.getrandbits(64):x}",
            "from": NUMBER,
            "to": "+92300000300",
            "text": "salam",
            "status": "delivered",
            "reference": str(UUID(int=chance.getrandbits(128))),
            "attempt": 1,
            "error": "later",
        }
        for name in list(fields):
            if self._one_in(4):
                fields[name] = chance.choice(odd)
            elif self._one_in(10):
                del fields[name]
        text = json.dumps(fields, ensure_ascii=not self._one_in(5))
        return text.encode("utf-8", "surrogatepass")


def _without(headers: Headers, extra: Headers, kind: bytes) -> Headers:
    """Headers that leave standing what makes the request wrong."""
    names = {name for name, _ in extra} | ({b"Sec-Fetch-Site"} if extra else set())
    return [*(line for line in headers if line[0] not in names), (b"Content-Type", kind)]
