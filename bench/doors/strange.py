"""Values, bodies and broken requests of which no honest client sends any."""

from __future__ import annotations

import gzip
import random
from urllib.parse import urlencode

MARKER = "raaz-baat-7391"
"""Stands in bodies, headers and addresses; no refusal and no log line may repeat it."""
NUMBER = "+923990000001"
"""Nobody's number: Pakistan has no operator code 399."""
Headers = list[tuple[bytes, bytes]]

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
OTHER_TYPES = (
    JSON,
    b"",
    b"text/plain",
    b"text/xml",
    b"multipart/form-data",
    b"multipart/form-data; boundary=x",
    b"application/json; charset=utf-16",
    b"application/" + b"x" * 3000,
    b"\xff\xfe",
    b";;;=",
)
OTHER_METHODS = (b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"HEAD", b"TRACE")
VALUES = (
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\ufeff",
    "\ufffe",
    "😭" * 40,
    "ا" * 300,
    "'\"><script>",
    "{{7*7}}",
    "../../etc/passwd",
    "-1",
    "9" * 400,
    "1e400",
    "NaN",
    "\r\nX-Injected: 1",
    "١٢٣",
    "%s%n",
    "true",
    "",
    "salam",
    MARKER,
)
HEADERS: Headers = [
    (b"Accept", b"text/html"),
    (b"Accept", b"\xff" * 20),
    (b"Accept-Language", b",;q=," * 400),
    (b"Accept-Encoding", b"gzip, br;q=x"),
    (b"Content-Encoding", b"gzip"),
    (b"Origin", b"http://[evil"),
    (b"Origin", b"https://evil.example"),
    (b"X-Forwarded-For", MARKER.encode()),
    (b"X-Forwarded-Proto", b"https"),
    (b"Cookie", b"a=" + MARKER.encode() * 50),
    (b"Authorization", b"Basic \xff"),
    (b"Range", b"bytes=-1"),
    (b"Expect", b"100-continue"),
    (b"If-None-Match", b"*"),
    (b"User-Agent", b""),
    (b"Sec-Fetch-Site", b"none\xff"),
]
JSON_BODIES = (
    b"",
    b"null",
    b"[]",
    b"[" * 20_000,
    b'{"a":' * 5000,
    b'{"id":' + b"9" * 5000 + b"}",
    b'{"id":"1","id":"2"',
    b'{"id":NaN,"from":Infinity}',
    b"\xef\xbb\xbf{}",
    '{"id":"1"}'.encode("utf-16"),
    b'{"id":"\\ud800\\u0000"}',
    gzip.compress(b"{}", mtime=0),
    b"x" * 66_000,
)
_HONEST = urlencode([("Body", MARKER), ("From", NUMBER), ("text", "salam")]).encode()
_ENDINGS = (b"%", b"%zz", b"%u1234", b"%00", b"%ED%A0%80", b"%FF%FE", b"%C0%80", b"%E2%28%A1")
_SIZES = (1, 10, 1000, 70_000)

_BAD_LENGTHS = (b"-1", b"x", b"9" * 30, b"1, 2", b"100000")
_BAD_CHUNKS = (b"zz\r\n", b"5\r\nab", b"ffffffffffffffff\r\na", b"-1\r\n\r\n", b"0\r\n")
_BAD_NAMES = (b"", b"a b", b"a\x00", b"\xff")
_BAD_TARGETS = (b"", b"*", b"/\x00", b"/a b", b"http://[::1", b"/" + b"a" * 70_000)
_BAD_METHODS = (b"", b"\x16\x03\x01", b"P" * 5000, b"GE T", b"BREW", b"post")
_UPGRADES = (b"websocket", b"h2c", b"")


def body(chance: random.Random) -> bytes:
    """A body: truncated, with bits turned, of noise, of another kind."""
    place = chance.randrange(len(_HONEST))
    noise = bytes([chance.randrange(256)])
    return chance.choice(
        (
            _HONEST[:place],
            _HONEST[:place] + noise + _HONEST[place + 1 :],
            _HONEST + b"&x=" + chance.choice(_ENDINGS),
            chance.randbytes(chance.choice(_SIZES)),
            chance.choice(JSON_BODIES),
            b"&" * 70_000,
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + _HONEST,
            gzip.compress(_HONEST, mtime=0),
        )
    )


def broken(chance: random.Random, path: bytes) -> bytes:
    """Bytes that are no HTTP request, or one that its own headers contradict."""
    said = body(chance)[:2000]
    pick = chance.choice
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n" % (path, FORM)
    socket = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    return pick(
        (
            head + b"Content-Length: %d\r\n\r\n" % (len(said) + 100) + said,
            head + b"Content-Length: %b\r\n\r\n" % pick(_BAD_LENGTHS) + said,
            head + b"Transfer-Encoding: chunked\r\n\r\n" + pick(_BAD_CHUNKS),
            head + b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\n" + said,
            head + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n",
            head + pick(_BAD_NAMES) + b": x\r\n\r\n",
            b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % pick(_BAD_TARGETS),
            b"%b %b HTTP/1.1\r\nHost: x\r\n\r\n" % (pick(_BAD_METHODS), path),
            b"GET %b HTTP/9.9\r\n\r\n" % path,
            b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n%b"
            % (path, pick(_UPGRADES), socket),
            said,
        )
    )
