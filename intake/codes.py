"""Signs that stand for a complaint: its reference, its key at the intake, and her code.

All signs are Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U, so
that what is copied by hand is read again, and no word arises by chance.

Entropy of a code: 12 signs of 32, without those that `_is_good` leaves out, 59 bits. With
five tries an hour in a conversation nobody finds one.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime
from itertools import groupby

from amaan.text import digits

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_SIGNS = 8
_CODE_SIGNS = 12
_GROUP = 4
# Signs that hands and eyes take for one another (Crockford's table of decoding).
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
# A code holds some of both, so that neither three words of four letters nor a telephone
# number is ever taken for one. Those that are taken for one another do not count.
_SURE_DIGITS = frozenset("23456789")
_SURE_LETTERS = frozenset(_ALPHABET) - frozenset("0123456789")
# `amaan.text.normalise` shortens a letter that stands three times in a row.
_MOST_IN_A_ROW = 2
# Of one message no more is read, nor looked up.
_MAX_READ = 2_000
_MAX_FOUND = 3
_SIGN = r"[0-9A-Z]"
_BETWEEN = r"[\s\-._/\u2010-\u2015\u2212\u0640\u06d4]{0,3}"
_SPACED = re.compile(
    rf"(?<!{_SIGN})" + _BETWEEN.join([_SIGN * _GROUP] * (_CODE_SIGNS // _GROUP)) + rf"(?!{_SIGN})"
)
_REFERENCE = re.compile(rf"TF\W?20[0-9]{{2}}\W?{_SIGN}{{{_REFERENCE_SIGNS}}}")
_NO_SIGN = re.compile(r"[^0-9A-Z]")


def new_reference(at: datetime) -> str:
    """``TF-2026-XXXXXXXX``: nothing can be read from it but the year (domain-facts 4.2)."""
    return f"TF-{at.year}-{_signs(_REFERENCE_SIGNS)}"


def new_key() -> str:
    """What makes the intake take a complaint once: 32 hexadecimal signs, 128 bits."""
    return secrets.token_hex(16)


def new_code() -> str:
    """A fresh code as she is shown it: ``XXXX-XXXX-XXXX``."""
    while not _is_good(found := _signs(_CODE_SIGNS)):
        pass
    return "-".join(found[at : at + _GROUP] for at in range(0, _CODE_SIGNS, _GROUP))


def plain(code: str) -> str:
    """A code without its dashes, as its keyed hash is made of it."""
    return code.replace("-", "")


def codes_in(text: str) -> tuple[str, ...]:
    """What may be codes in what she typed, plain, at most three; often nothing.

    Read are capitals and small letters, digits of all scripts, look-alikes, and groups parted
    by spaces, dashes or nothing; a message that is a code alone may be parted anywhere.
    """
    typed = unicodedata.normalize("NFKC", digits(text[:_MAX_READ])).upper()
    typed = "".join(sign for sign in typed if unicodedata.category(sign) != "Cf")
    typed = _REFERENCE.sub(" ", typed)
    whole = _NO_SIGN.sub("", typed)
    found = [whole] if len(whole) == _CODE_SIGNS else []
    found += [_NO_SIGN.sub("", one) for one in _SPACED.findall(typed)]
    read = dict.fromkeys(one.translate(_LOOK_ALIKE) for one in found)
    return tuple(one for one in read if set(one) <= set(_ALPHABET) and _is_mixed(one, 1))[
        :_MAX_FOUND
    ]


def _signs(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _is_good(code: str) -> bool:
    """Whether a code survives what a message goes through before it is read."""
    in_a_row = max(len(list(group)) for _, group in groupby(code))
    return in_a_row <= _MOST_IN_A_ROW and _is_mixed(code, 2)


def _is_mixed(code: str, least: int) -> bool:
    kinds = (_SURE_DIGITS, _SURE_LETTERS)
    return all(sum(sign in kind for sign in code) >= least for kind in kinds)
