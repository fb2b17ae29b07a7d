"""Keyed hashes, so that an address can be found again without being stored."""

from __future__ import annotations

import hashlib
import hmac

# The strength of the hash itself (RFC 2104, section 3).
_SECRET_BYTES = 32


class Pseudonymiser:
    """Turns numbers, provider ids and secrets into 32-byte look-up keys.

    Keyed with a secret outside the database: phone numbers are few enough to be
    tried one by one against an unkeyed hash.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _SECRET_BYTES:
            raise ValueError("the look-up secret is too short")
        self._secret = secret

    def lookup(self, kind: str, value: str) -> bytes:
        """The look-up key of `value` as a `kind` (``address``, ``provider_id``, ``session``)."""
        message = kind.encode() + b"\x00" + value.encode()
        return hmac.new(self._secret, message, hashlib.sha256).digest()
