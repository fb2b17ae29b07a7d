"""Signs and checks whole request bodies: a detached JWS beside the body it stands for.

RFC 7515, appendix F (the payload is left out) with RFC 7797 (the bytes are signed as they
travel, ``b64`` false) and Ed25519 by its own name (RFC 9864 withdrew "EdDSA" for new use).
A recorded request is refused after `TOLERANCE`; before that it changes nothing, because a
key is filed once and a state never goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter

from amaan.errors import NotAllowedError

HEADER: Final = "X-Body-Signature"
"""The header that carries the signature: ``<header>..<signature>``."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far the two clocks may be apart; the same as for the SMS gateway."""
MAX_BODY_BYTES: Final = 512 * 1024
"""Above the longest complaint: 20,000 letters of story at up to six bytes each in JSON, and
fifty addresses of 2,048."""
Kind = Literal["complaint+json", "state+json"]
"""What is signed (``typ``): a signed status is no signed complaint."""
_ALGORITHM = "Ed25519"


class _Registry(jws.JWSRegistry):
    max_payload_length = MAX_BODY_BYTES


_REGISTRY = _Registry(
    header_registry={"iat": HeaderParameter("Signed at, seconds since 1970", "int", required=True)},
    algorithms=[_ALGORITHM],
)
_BROKEN = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What a made-up signature can raise in the reading of it."""


class SignatureError(NotAllowedError):
    """The body was not signed by whom it should have been, or too long ago.

    `code` is ``signature_missing``, ``signature_wrong``, ``signature_old`` or
    ``signature_unknown_key``.
    """

    code = "signature_wrong"


def key_id(key: OKPKey) -> str:
    """The name of a key: its thumbprint (RFC 7638)."""
    return key.thumbprint()


def sign(body: bytes, key: OKPKey, now: datetime, kind: Kind) -> str:
    """The value of `HEADER` for `body` (UTF-8): ASCII, about 250 characters."""
    header: dict[str, Any] = {
        "alg": _ALGORITHM,
        "kid": key_id(key),
        "typ": kind,
        "iat": int(now.timestamp()),
        "b64": False,
        "crit": ["b64"],
    }
    whole = jws.serialize_compact(header, body, key, registry=_REGISTRY)
    # A body of letters and digits alone would travel inside; none of ours is one.
    return f"{whole.partition('.')[0]}..{whole.rpartition('.')[2]}"


def verify(
    given: str | None, body: bytes, keys: Mapping[str, OKPKey], now: datetime, kind: Kind
) -> None:
    """Returns when `given` is a fresh signature of `body` by one of `keys` (by their ids).

    Raises `SignatureError`; its cause is left out, for it may quote what it was given.
    """
    if not given:
        raise SignatureError(code="signature_missing")
    head, _, rest = given.partition(".")
    # A payload inside the signature would be checked instead of the body.
    if not head or not rest.startswith("."):
        raise SignatureError
    try:
        found = jws.extract_compact(given.encode("ascii"), body, _REGISTRY)
        header = found.protected
        is_ours = header.get("b64") is False and header.get("typ") == kind
        key = keys.get(str(header.get("kid")))
        if is_ours and key is None:
            raise SignatureError(code="signature_unknown_key")
        if not is_ours or not jws.validate_compact(found, key, registry=_REGISTRY):
            raise SignatureError
        signed_at = header["iat"]
    except _BROKEN:
        raise SignatureError from None
    # Looked at last: only who holds the key is told that a clock is wrong.
    if isinstance(signed_at, bool) or abs(now.timestamp() - signed_at) > TOLERANCE.total_seconds():
        raise SignatureError(code="signature_old")
