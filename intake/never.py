"""What is never collected (domain-facts 4.4): refused by the name of its field, and by words.

Both are a second net. The schema knows no such field; here one that somebody adds, or a
client that sends one, is refused by name before anything reads its value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from amaan.errors import InputError
from amaan.text import fold, normalise

NEVER: Final[dict[str, str]] = {
    "password": "take-over of her accounts",
    "passphrase": "take-over of her accounts",
    "passwd": "take-over of her accounts",
    "passcode": "take-over of her accounts",
    "pwd": "take-over of her accounts",
    "otp": "take-over of her accounts",
    "pin": "take-over of her accounts",
    "pin_code": "take-over of her accounts",
    "cvv": "take-over of her accounts",
    "login": "take-over of her accounts",
    "credentials": "take-over of her accounts",
    "verification_code": "take-over of her accounts",
    "biometric": "tracing",
    "biometrics": "tracing",
    "fingerprint": "tracing",
    "face_id": "tracing",
    "voiceprint": "tracing",
    "iris": "tracing",
    "gps": "tracing",
    "location": "tracing",
    "coordinates": "tracing",
    "latitude": "tracing",
    "longitude": "tracing",
    "ip_address": "tracing",
    "contact_list": "tracing",
    "imei": "tracing",
    "religion": "danger without need",
    "sect": "danger without need",
    "caste": "danger without need",
    "tribe": "danger without need",
    "ethnicity": "danger without need",
    "sexual_orientation": "danger without need",
    "sexual_history": "blame",
    "virginity": "blame",
    "clothing": "blame",
    "dress": "blame",
    "character": "blame",
    "marital_character": "blame",
    "why_online": "blame",
    "suspect_cnic": "third person's data",
    "file": "pictures",
    "files": "pictures",
    "attachment": "pictures",
    "attachments": "pictures",
    "image": "pictures",
    "images": "pictures",
    "photo": "pictures",
    "photos": "pictures",
    "picture": "pictures",
    "pictures": "pictures",
    "video": "pictures",
    "videos": "pictures",
    "thumbnail": "pictures",
    "preview": "pictures",
    "base64": "pictures",
    "self_harm_method": "safety",
    "suicide_method": "safety",
}
"""Names of fields that are never collected, with the reason."""

_LONGEST_NAME: Final = 64
_DEEPEST: Final = 20
_JOINT: Final = re.compile(r"[^a-z0-9]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# These count only as the whole name: "location" in a path of an error is no GPS.
_WHOLE_ONLY: Final = frozenset({"location", "character", "preview", "login", "dress", "file"})


class NeverCollectedError(InputError):
    """A field was sent that is never collected. The message names it, never its value."""

    code = "never_collected"

    def __init__(self, name: str) -> None:
        super().__init__(f"the field {name!r} is never collected: {NEVER[name]}")
        self.name = name


def forbidden(name: str) -> str | None:
    """The entry of `NEVER` that the name of a field is or holds, however it is spelled."""
    parts = _JOINT.split(_HUMP.sub("_", name[:_LONGEST_NAME]).lower())
    parts = [part for part in parts if part]
    whole, glued = "_".join(parts), "".join(parts)
    for known in NEVER:
        if whole == known or glued == known.replace("_", ""):
            return known
        if known not in _WHOLE_ONLY and f"_{known}_" in f"_{whole}_":
            return known
    return None


def reject_forbidden(value: object, depth: int = 0) -> object:
    """Returns `value` unchanged; looks at the names in it, however deep they stand.

    Raises `NeverCollectedError`, and `InputError` (code ``too_deep``) beyond twenty levels.
    """
    if depth > _DEEPEST:
        raise InputError("the data is nested too deeply", code="too_deep")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            known = forbidden(name) if isinstance(name, str) else None
            if known is not None:
                raise NeverCollectedError(known)
            reject_forbidden(inner, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        for inner in value:
            reject_forbidden(inner, depth + 1)
    return value


_PASSWORDS: Final = (
    "password passwords passward passwrd pasword passcode passphrase pwd pass-word pass_word "
    "پاسورڈ پاسورد پاسورډ پاسورڊ پاسوڑد پاسوارڈ پسورڈ ਪਾਸਵਰਡ पासवर्ड"
)
_CODES: Final = (
    "otp otps o.t.p pin pins pincode pin-code mpin tpin cvv cvc "
    "پن پِن اوٹی اوٹیپی اوٹیپي ਪਿੰਨ ਪਿਨ ਓਟੀਪੀ पिन ओटीपी"
)
# Also of laws and letters ("code 1860", "post code 54000"): only with six digits.
_ANY_CODES: Final = "code codes کوڈ کوډ ڪوڊ کوڊ ਕੋਡ कोड"
_PAIRS: Final = {
    ("pas", "vord"): "password",
    ("پاس", "ورڈ"): "password",
    ("پاس", "ورڊ"): "password",
    ("پاس", "ورډ"): "password",
    ("او", "ٹی", "پی"): "otp",
    ("o", "t", "p"): "otp",
}
# Only these may stand between the word and its value: "he asked for the OTP and took 50000"
# tells what happened and gives nothing away.
_LINKS: Final = (
    "is was are my mine the this that it it's its = : - number no num nr "
    "hai he hae hay h tha thi mera meri mere ye yeh yh aa ae ay e da de dai do di aahe ahe int ent "
    "ہے ہے۔ تھا میرا میری یہ نمبر اے آھے آهي دی ده دا زما منهنجو منی انت اِنت ਹੈ ਮੇਰਾ ਇਹ है मेरा"
)
_STATES: Final = frozenset(
    {
        *("stolen", "changed", "gone", "hacked", "leaked", "known", "weak", "wrong", "lost"),
        *("reset", "shared", "taken", "safe", "strong", "same", "with", "also", "still"),
    }
)
_PIECE: Final = 1_500
_OVERLAP: Final = 200
_SENTENCE_END: Final = re.compile(r"(?<=[.!?۔؟।])\s")
_TOKEN: Final = re.compile(r"[:=]|[^\s:=،,;؛]+")
_EDGE: Final = "\"'“”‘’()[]{}<>«».!?۔؟।…"
_FIGURES: Final = re.compile(r"\d{4,8}|\d{3}-\d{3}")
_SIX_FIGURES: Final = re.compile(r"\d{6}|\d{3}-\d{3}")
_YEAR: Final = re.compile(r"(19|20)\d\d")
_SYMBOL: Final = re.compile(r"[@#$%^&*!+~|\\]")
_LEAST_VALUE: Final = 4
_SHORT: Final = 7
_REACH: Final = 4


def holds_secret(text: str) -> bool:
    """Whether she typed a password, one-time code or PIN with its value.

    Words of English, Urdu, Punjabi, Sindhi, Pashto, Balochi and Hindi, native and Roman. Telling
    that somebody took or changed a password gives nothing away and is no secret.
    """
    pieces = (text[at : at + _PIECE + _OVERLAP] for at in range(0, len(text), _PIECE))
    return any(_piece_holds(normalise(piece)) for piece in pieces)


def _piece_holds(text: str) -> bool:
    # Sentence by sentence: what stands after a full stop is no value of a word before it.
    return any(_sentence_holds(sentence) for sentence in _SENTENCE_END.split(text))


def _sentence_holds(text: str) -> bool:
    raw = [found.group().strip(_EDGE) for found in _TOKEN.finditer(text)]
    tokens = [(token, fold(token)) for token in raw if token]
    folded = [word or token for token, word in tokens]
    values = [token for token, _ in tokens]
    return any(
        _value_beside(values, folded, start, end, kind)
        for start, end, kind in _secret_words(folded)
    )


def _secret_words(folded: list[str]) -> list[tuple[int, int, str]]:
    """Where a word for a secret stands: first token, the one after it, its kind."""
    found = [
        (place, place + 1, _kinds()[word]) for place, word in enumerate(folded) if word in _kinds()
    ]
    for pair, kind in _pairs().items():
        for place in range(len(folded) - len(pair) + 1):
            if tuple(folded[place : place + len(pair)]) == pair:
                found.append((place, place + len(pair), kind))
    return found


def _value_beside(values: list[str], folded: list[str], start: int, end: int, kind: str) -> bool:
    links, place = _links(), end
    assigned = written = False
    while place < len(folded) and place < end + _REACH:
        if folded[place] not in links and folded[place] not in _kinds():
            break
        assigned = assigned or folded[place] in {":", "=", "is"}
        written = written or folded[place] in {":", "="}
        place += 1
    if place < len(values):
        after = values[place]
        if _is_value(after, kind) or _two_halves(values[place : place + 2], kind):
            return True
        if kind == "password" and (written or (assigned and _plain_value(after, folded, place))):
            return True
    place = start - 1
    while place >= 0 and place > start - _REACH and folded[place] in links:
        place -= 1
    return place >= 0 and _is_value(values[place], kind)


def _is_value(token: str, kind: str) -> bool:
    if kind != "password":
        return bool((_FIGURES if kind == "otp" else _SIX_FIGURES).fullmatch(token))
    if len(token) < _LEAST_VALUE or token.startswith("@") or "://" in token:
        return False
    has_digit = any(sign.isdigit() for sign in token)
    has_letter = any(sign.isalpha() for sign in token)
    if has_digit and not has_letter:
        return bool(re.fullmatch(r"\d{4,9}", token)) and not _YEAR.fullmatch(token)
    return (has_digit and has_letter) or bool(_SYMBOL.search(token))


def _two_halves(tokens: list[str], kind: str) -> bool:
    return kind != "password" and len(tokens) > 1 and all(re.fullmatch(r"\d{3}", t) for t in tokens)


def _plain_value(token: str, folded: list[str], place: int) -> bool:
    """ "my password is sunflower": in a short message one word that says no state of it."""
    last = place == len(folded) - 1
    return (
        last
        and len(folded) <= _SHORT
        and len(token) >= _LEAST_VALUE
        and token.lower() not in _STATES
    )


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    kinds = {fold(word): "password" for word in _PASSWORDS.split()}
    kinds |= {fold(word): "code" for word in _ANY_CODES.split()}
    return kinds | {fold(word): "otp" for word in _CODES.split()}


@lru_cache(maxsize=1)
def _pairs() -> dict[tuple[str, ...], str]:
    return {tuple(fold(word) for word in pair): kind for pair, kind in _PAIRS.items()}


@lru_cache(maxsize=1)
def _links() -> frozenset[str]:
    return frozenset(fold(word) or word for word in _LINKS.split())
