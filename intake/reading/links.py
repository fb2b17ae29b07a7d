"""Reads links, account names and phone numbers of whoever did it. Nothing is ever opened."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from amaan.text import fold
from intake.reading.lists import phrases
from intake.reading.numbers import phones, without_cards
from intake.reading.plain import plain, visible
from intake.schema.base import ANY_PHONE, MAX_HANDLE, MAX_URL, MAX_URLS, URL

Entities = Sequence[tuple[str, str]]
"""What the parse found: (kind, value)."""

_STOP: Final = r"\s<>\"'«»“”،؛۔؟।"
# A bare "name.ending" counts with these endings, or with a path behind it: a missing space
# after a full stop looks the same.
_ENDINGS: Final = (
    "com|net|org|pk|info|biz|xyz|online|site|link|app|io|ly|gl|gg|tv|gov|edu|uk|club|live"
)
_LINK: Final = re.compile(
    rf"(?<![\w@.-])(?:(?:https?|hxxps?)://[^{_STOP}]+|www\.[^{_STOP}]+"
    rf"|(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:(?:{_ENDINGS})(?![\w@]|\.\w)|(?:me|be|co|in|to|us)(?=/))"
    rf"(?:[/?#][^{_STOP}]*)?)",
    re.I,
)
_TRAILING: Final = ".,;:!?)]}>'\"*_-…|"
_SCHEME: Final = re.compile(r"^(?:h(?:tt|xx)ps?://)?", re.I)
# They name the account that shared the link, which is often hers.
_TRACKERS: Final = frozenset(
    {"fbclid", "gclid", "igshid", "igsh", "si", "mibextid", "xmt", "_t", "_r"}
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w@])"
)
_HANDLE: Final = re.compile(r"(?<![\w@./])@\w[\w.]{1,29}")
_LINE: Final = re.compile(r"[\n,;؛،]")
_BULLET: Final = re.compile(r"^\s*(?:[-*•·–]+|\(?\d{1,2}[.):]\s)\s*")
_IN_NAMES: Final = frozenset(" ._-'’")
# Puts a mark where something was read: that line is no name.
_READ: Final = " | "
# "I do not know" and the like.
_NO_NAME: Final = frozenset(
    fold(word)
    for word in (
        *("know", "dont", "not", "no", "none", "nothing", "idea", "unknown", "skip", "why"),
        *("pata", "nahi", "nahin", "nhi", "nai", "maloom", "malum", "kuch", "koi", "na"),
        *("نہیں", "نہی", "معلوم", "پتہ", "پتا", "کوئی", "ناهي", "نه", "نشته", "خبر", "نئیں"),
        *("nishta", "nist", "khabar", "nahe", "konhe", "کونهي", "نیست", "نے", "ਨਹੀਂ", "ਪਤਾ"),
    )
)
_EDGE: Final = ' \t.:!?؟۔।"“”«»()[]'
_MOST_WORDS: Final = 4
_SHORTEST, _LONGEST_NAME = 2, 60


@dataclass(frozen=True)
class Links:
    """What an answer names; each at most fifty, without doubles, in their order."""

    urls: tuple[str, ...] = ()
    """With http or https, without what names who shared them."""
    handles: tuple[str, ...] = ()
    """``@name``, an e-mail address, or a display name as it was written."""
    phones: tuple[str, ...] = ()
    """``+92...``, or ``+`` and a number of another country."""


def read_links(text: str, entities: Entities = ()) -> Links:
    """Links, account names and numbers in an answer and in what the parse found of it.

    A line in which nothing was read, and that looks like a name, is a display name. Numbers
    of identity cards are left out: nobody else's is collected.
    """
    rest = visible(text)
    urls = [*_values(entities, "url"), *(found.group() for found in _LINK.finditer(rest))]
    rest = _LINK.sub(_READ, rest)
    handles = [*_values(entities, "email"), *(one.group().lower() for one in _EMAIL.finditer(rest))]
    rest = _EMAIL.sub(_READ, rest)
    handles += [*_values(entities, "handle"), *(one.group() for one in _HANDLE.finditer(rest))]
    rest = without_cards(plain(_HANDLE.sub(_READ, rest)), _READ)
    written = [one for line in rest.split("\n") for one in phones(line)]
    for _, row in written:
        rest = rest.replace(row, _READ)
    numbers = [*_phones(_values(entities, "phone")), *(number for number, _ in written)]
    return Links(
        tuple(_unique(filter(None, map(_url, urls)), _same_url)),
        tuple(_unique(filter(None, map(_handle, [*handles, *_names(rest)])), str.casefold)),
        tuple(_unique((one for one in numbers if re.fullmatch(ANY_PHONE, one)), str)),
    )


def _values(entities: Entities, kind: str) -> list[str]:
    return [value for found, value in entities if found == kind]


def _url(written: str) -> str | None:
    said = visible(written).strip().rstrip(_TRAILING)
    secure = not said.lower().startswith(("http://", "hxxp://"))
    bare = _SCHEME.sub("", said, count=1)
    url = _without_trackers(("https://" if secure else "http://") + bare)
    try:
        host = urlsplit(url).hostname
    except ValueError:  # a broken bracket
        return None
    fits = len(url) <= MAX_URL and re.fullmatch(URL, url) and host and "." in host
    return url if fits else None


def _without_trackers(url: str) -> str:
    head, mark, query = url.partition("?")
    if not mark:
        return url
    query, hash_, fragment = query.partition("#")
    kept = [pair for pair in query.split("&") if not _is_tracker(pair.partition("=")[0].lower())]
    return head + ("?" + "&".join(kept) if kept else "") + hash_ + fragment


def _is_tracker(parameter: str) -> bool:
    return parameter in _TRACKERS or parameter.startswith("utm_")


def _same_url(url: str) -> str:
    bare = unquote(url.partition("://")[2]).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.lower().removeprefix("www.") + slash + path


def _handle(written: str) -> str | None:
    said = " ".join(visible(written).split()).rstrip(".")
    return said if _SHORTEST <= len(said) <= MAX_HANDLE else None


def _names(rest: str) -> list[str]:
    """Lines in which nothing was read and that look like the name of an account."""
    lines = (_BULLET.sub("", line).strip(_EDGE) for line in _LINE.split(rest))
    return [line for line in lines if _is_account_name(line)]


def _is_account_name(line: str) -> bool:
    words = fold(line).split()
    if not _SHORTEST <= len(line) <= _LONGEST_NAME or len(line.split()) > _MOST_WORDS:
        return False
    if _NO_NAME.intersection(words) or tuple(words) in phrases("platform", "platform"):
        return False
    letters = sum(sign.isalpha() for sign in line)
    return letters >= _SHORTEST and all(
        sign.isalnum() or unicodedata.category(sign)[0] == "M" or sign in _IN_NAMES for sign in line
    )


def _phones(written: list[str]) -> list[str]:
    return [number for value in written for number, _ in phones(value)]


def _unique(found: Iterable[str], same: Callable[[str], str]) -> list[str]:
    kept: dict[str, str] = {}
    for one in found:
        kept.setdefault(same(one), one)
    return list(kept.values())[:MAX_URLS]
