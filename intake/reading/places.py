"""Reads where it happened (platform) and where she lives (city)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from amaan.text import fold
from intake.reading.lists import found_in, phrases, provinces_of_cities
from intake.reading.plain import visible
from intake.schema import Platform, Province

Entities = Sequence[tuple[str, str]]
"""What the parse found: (kind, value)."""

_PROVINCES: Final = {
    "Punjab": Province.PUNJAB,
    "Sindh": Province.SINDH,
    "Khyber Pakhtunkhwa": Province.KHYBER_PAKHTUNKHWA,
    "Balochistan": Province.BALOCHISTAN,
    "Islamabad": Province.ISLAMABAD,
    "Islamabad Capital Territory": Province.ISLAMABAD,
    "Azad Jammu and Kashmir": Province.AZAD_JAMMU_KASHMIR,
    "Gilgit-Baltistan": Province.GILGIT_BALTISTAN,
}
# Second-level names of hosts, as far as they are a platform of the form.
_HOSTS: Final = re.compile(
    r"(?:^|[/.\s@])(?:(facebook|fb)\.(?:com|me|watch)|(instagram)\.com|(tiktok)\.com|"
    r"(twitter|x)\.com|(youtube)\.com|(youtu)\.be|(snapchat)\.com|(t|telegram)\.(?:me|org)|"
    r"(wa)\.me|(whatsapp)\.com|(threads)\.(?:net|com)|(discord)\.(?:com|gg))(?![\w.-])",
    re.I,
)
_OF_HOST: Final = {
    "fb": Platform.FACEBOOK,
    "twitter": Platform.X,
    "youtu": Platform.YOUTUBE,
    "t": Platform.TELEGRAM,
    "wa": Platform.WHATSAPP,
}
# Beside these words "x" or "snap" is believed only in an answer as short as this.
_SHORT: Final = 3
_SHORTEST_CITY, _LONGEST_CITY, _MOST_WORDS = 2, 64, 5
_EDGE: Final = ' \t\n.,:;!?،؛؟۔।"“”«»()[]*-_'
# "in Lahore", "Lahore mein", "I live in ...": what is no part of an unlisted place's name.
_LEAD: Final = re.compile(
    r"(?:i (?:live|am|stay) (?:in|at|from)|i['’]?m (?:in|from)|in|from)\s+", re.I
)


def read_platform(text: str, entities: Entities = ()) -> Platform | None:
    """The platform that an answer names; `Platform.OTHER` for a known one without its own value."""
    for kind, value in entities:
        if kind == "platform":
            return _platform(value)
    said = visible(text)
    host = _HOSTS.search(said) or next(
        (found for kind, value in entities if kind == "url" and (found := _HOSTS.search(value))),
        None,
    )
    if host is not None:
        name = next(one for one in host.groups() if one).lower()
        return _OF_HOST.get(name) or _platform(name)
    words = fold(said).split()
    for _, _, value in found_in(words, phrases("platform", "platform")):
        return _platform(value)
    if len(words) <= _SHORT:
        for _, _, value in found_in(words, phrases("platform", "platform?")):
            return _platform(value)
    return None


def read_city(text: str, entities: Entities = ()) -> tuple[str | None, Province | None]:
    """City or district, and its province where that is known; (None, None) for no place.

    A place that no list knows is taken as it was written.
    """
    named = next((_province(value) for kind, value in entities if kind == "province"), None)
    words = fold(visible(text)).split()
    if named is None:
        listed = found_in(words, phrases("province", "province"))
        named = next((_province(value) for _, _, value in listed), None)
    city = next((value for kind, value in entities if kind == "city"), None) or _listed(words)
    if city is not None and _SHORTEST_CITY <= len(city) <= _LONGEST_CITY:
        return city, named or _province(provinces_of_cities().get(city))
    written = _LEAD.sub("", " ".join(visible(text).split()).strip(_EDGE), count=1).strip(_EDGE)
    return (written, named) if _is_place(written) else (None, None)


def _listed(words: list[str]) -> str | None:
    for _, _, value in found_in(words, phrases("city", "city")):
        return value
    if len(words) <= _SHORT:
        for _, _, value in found_in(words, phrases("city", "city?")):
            return value
    return None


def _is_place(written: str) -> bool:
    letters = sum(sign.isalpha() for sign in written)
    return (
        letters >= _SHORTEST_CITY
        and _SHORTEST_CITY <= len(written) <= _LONGEST_CITY
        and len(written.split()) <= _MOST_WORDS
        and "://" not in written
        and "@" not in written
    )


def _platform(value: str) -> Platform:
    try:
        return Platform(value)
    except ValueError:
        return Platform.OTHER


def _province(value: str | None) -> Province | None:
    return _PROVINCES.get(value) if value else None
