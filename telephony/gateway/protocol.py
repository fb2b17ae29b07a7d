"""What both sides of the gateway's protocol share: the signature, and the names of things.

The protocol is ours and is written down in docs/runbooks/connect-sms-gateway.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from amaan.errors import ConfigurationError
from amaan.settings import Settings
from telephony.sender import OPTED_OUT, Meaning

TIMESTAMP_HEADER = "X-Amaan-Timestamp"
"""Seconds since 1970 by the signer's clock, as digits."""
SIGNATURE_HEADER = "X-Amaan-Signature"
"""``sha256=`` and 64 hexadecimal digits."""
TOLERANCE = timedelta(minutes=5)
"""How far the two clocks may be apart. A machine without NTP drifts by seconds a day; a
recorded request is worthless after this time (Slack's and Stripe's webhooks use the same)."""
MEANINGS = {
    "opted_out": Meaning.OPTED_OUT,
    "unreachable": Meaning.UNREACHABLE,
    "later": Meaning.LATER,
    "account": Meaning.TROUBLE,
    "refused": Meaning.NEVER,
}
"""The protocol's words for errors; an aggregator's own codes say nothing to us."""
MAX_ID_CHARACTERS = 64
ERROR = re.compile(r"[A-Za-z0-9_.-]{1,16}")
"""Error codes are stored and logged, so nothing else may stand in one."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}")

# The strength of the hash itself (RFC 2104, section 3).
_SECRET_CHARACTERS = 32


def secret_of(settings: Settings) -> str:
    """The secret that both sides share. Raises `ConfigurationError` when it is too short."""
    secret = settings.gateway_secret.get_secret_value()
    if len(secret) < _SECRET_CHARACTERS:
        raise ConfigurationError(
            f"AMAAN_GATEWAY_SECRET must have {_SECRET_CHARACTERS} characters or more"
        )
    return secret


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """The signature of a body sent at `timestamp`; of a look-up, whose body is its query."""
    signed = timestamp.encode() + b"." + content
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def provider_code(word: object) -> str | None:
    """The error code to keep for a word that the gateway said; None when it is no such word."""
    if not isinstance(word, str) or not ERROR.fullmatch(word):
        return None
    return OPTED_OUT if MEANINGS.get(word) is Meaning.OPTED_OUT else word


def signed_headers(secret: str, now: datetime, content: bytes) -> dict[str, str]:
    """The two headers of a request that is made now."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature(secret, timestamp, content)}


def is_recent(timestamp: str, now: datetime) -> bool:
    """Whether a request's timestamp is one, and within `TOLERANCE` of now."""
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def is_signed(secret: str, timestamp: str, content: bytes, given: str) -> bool:
    """Whether `given` is the right signature, in a time that tells nothing of it."""
    # As bytes: text with letters beyond ASCII cannot be compared in constant time.
    right = signature(secret, timestamp, content).encode()
    return hmac.compare_digest(right, given.encode("utf-8", "replace"))
