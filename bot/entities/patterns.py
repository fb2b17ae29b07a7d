"""What has a form of its own: identity cards, telephones, links, addresses, dates.

All by regular expressions whose repetitions are bounded, so that no message can keep a
core busy. Digits must be Latin already. Nothing here opens a link.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.entities.found import Found

_DASH: Final = r"[-\u2010-\u2015\u2212]"
_CNIC: Final = re.compile(
    rf"(?<![\d+])(\d{{5}})\s?(?:{_DASH}|\s)\s?(\d{{7}})\s?(?:{_DASH}|\s)\s?(\d)(?!\w)"
)
_CNIC_PLAIN: Final = re.compile(r"(?<![\w+-])\d{13}(?![\w-])")
_PHONE: Final = re.compile(
    rf"(?<![\w+@/.])(?:\+ ?|\(\+?)?\d(?:[ .()]{{0,2}}(?:{_DASH} ?)?\d){{5,15}}(?![\w@]|[./]\d)"
)
_NOT_DIGIT: Final = re.compile(r"\D")
_DATE: Final = re.compile(
    rf"(?<![\w/.-])(\d{{4}}|\d{{1,2}})([/.]|{_DASH})(\d{{1,2}})\2(\d{{4}}|\d{{1,2}})(?![\w/-]|\.\d)"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![\w@])"
)
# Endings after which a bare "name.ending" is taken for a link; others need http or www,
# because a missing space after a full stop looks the same.
_ENDINGS: Final = (
    "com|net|org|pk|info|biz|xyz|online|site|link|app|io|ly|gl|gg|tv|gov|edu|uk|club|live"
)
# These are also words, so that a path must follow.
_WORDS: Final = "me|be|co|in|to|us"
_URL: Final = re.compile(
    r"(?<![\w@.-])(?:"
    r"(?:https?|hxxps?)://[^\s<>\"'«»“”،؛۔؟।]{3,2048}"
    r"|www?\.[A-Za-z0-9-]{1,63}\.[^\s<>\"'«»“”،؛۔؟।]{2,2048}"
    rf"|(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:(?:{_ENDINGS})(?![\w@]|\.\w)|(?:{_WORDS})(?=/\w))(?:[/?#][^\s<>\"'«»“”،؛۔؟।]{{0,2048}})?"
    r")",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?)]}>'\"*_-…"
# They name the account that shared the link, which is often the person in danger.
_TRACKERS: Final = frozenset(
    {"fbclid", "gclid", "igshid", "igsh", "si", "mibextid", "xmt", "_t", "_r"}
)
_URL_LIMIT: Final = 2_048
_HOSTS: Final = {
    "facebook": "facebook",
    "fb": "facebook",
    "instagram": "instagram",
    "tiktok": "tiktok",
    "twitter": "x",
    "x": "x",
    "youtube": "youtube",
    "youtu": "youtube",
    "snapchat": "snapchat",
    "t": "telegram",
    "telegram": "telegram",
    "wa": "whatsapp",
    "whatsapp": "whatsapp",
    "threads": "threads",
    "discord": "discord",
}
_AT_HANDLE: Final = re.compile(r"(?<![\w@./])@([A-Za-z0-9_][A-Za-z0-9_.]{1,29})(?![\w@])")
_BARE_HANDLE: Final = re.compile(
    r"(?<![\w@./+-])[A-Za-z](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9_])){2,29}_?(?![\w@])"
)

_CARD_DIGITS: Final = 13
_MOBILE_DIGITS: Final = 10
_AREA_DIGITS: Final = (9, 10)
_FOREIGN_DIGITS: Final = range(8, 16)
_LOCAL_DIGITS: Final = range(7, 13)
_SPACED: Final = re.compile(r"\S+")
_MOST_GROUPS: Final = 6


def cards(text: str, near_card: list[tuple[int, int]]) -> Iterator[Found]:
    """Yield identity-card numbers as 5-7-1; without dashes only inside `near_card`."""
    for match in _CNIC.finditer(text):
        yield from _card("".join(match.groups()), match)
    for match in _CNIC_PLAIN.finditer(text):
        if _inside(match, near_card):
            yield from _card(match.group(), match)


def phones(text: str, near_phone: list[tuple[int, int]]) -> Iterator[Found]:
    """Yield telephone numbers; one without any prefix only inside `near_phone`."""
    for match in _PHONE.finditer(text):
        expected = _inside(match, near_phone)
        for start, end in _groups(match.group()):
            number = phone(match.group()[start:end], expected)
            if number:
                yield Found("phone", number, match.start() + start, match.start() + end)
                break


def phone(written: str, expected: bool = False) -> str | None:
    """Return +92… for a Pakistani number, else the digits as typed, or None for no number.

    `expected` says that a word for a telephone stands near, so that a number without
    any prefix is believed.
    """
    figures = _NOT_DIGIT.sub("", written)
    abroad = "+" in written or figures.startswith("00")
    national = figures.removeprefix("00").removeprefix("92").removeprefix("0")
    if abroad and not figures.removeprefix("00").startswith("92"):
        plus = "+" if "+" in written else ""
        return plus + figures if len(figures) in _FOREIGN_DIGITS else None
    has_prefix = abroad or figures.startswith("0")
    if len(national) == _MOBILE_DIGITS and national.startswith("3"):
        bare_country = figures.startswith("92")
        return f"+92{national}" if has_prefix or bare_country or expected else None
    if has_prefix and len(national) in _AREA_DIGITS and national[0] in "2456789":
        return f"+92{national}"
    if figures.startswith("0800") and len(figures) in _LOCAL_DIGITS:
        return figures
    # Two amounts beside each other are no number, so spaces are not believed here.
    return figures if expected and len(figures) in _LOCAL_DIGITS and " " not in written else None


def dates(text: str) -> Iterator[Found]:
    """Yield dates in figures as ISO; day first, as Pakistan writes them."""
    for match in _DATE.finditer(text):
        first, _, middle, last = match.groups()
        value = _iso(first, middle, last, dotted=match[2] == ".")
        if value:
            yield Found("date", value, match.start(), match.end())


def emails(text: str) -> Iterator[Found]:
    """Yield e-mail addresses in small letters."""
    for match in _EMAIL.finditer(text):
        yield Found("email", match.group().lower(), match.start(), match.end())


def links(text: str) -> Iterator[Found]:
    """Yield links, normalised; they are never opened."""
    for match in _URL.finditer(text):
        written = match.group().rstrip(_TRAILING)
        value = url(written)
        if value:
            platform = platform_of(value)
            more = (("platform", platform),) if platform else ()
            yield Found("url", value, match.start(), match.start() + len(written), more)


def url(written: str) -> str | None:
    """Return a link with scheme, host in small letters and no trackers, or None."""
    plain = re.sub(r"(?i)^hxxp", "http", written)
    # The message's normaliser leaves two of three equal letters.
    plain = re.sub(r"(?i)^((?:https?://)?)ww\.", r"\1www.", plain)
    if "://" not in plain:
        plain = f"https://{plain}"
    try:
        parts = urlsplit(plain)
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:  # a broken port or bracket
        return None
    if not parts.hostname or "." not in parts.hostname:
        return None
    query = urlencode(
        [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if _kept(pair[0])]
    )
    path = "" if parts.path == "/" else parts.path
    value = urlunsplit((parts.scheme.lower(), parts.hostname + port, path, query, parts.fragment))
    return value if len(value) <= _URL_LIMIT else None


def platform_of(link: str) -> str | None:
    """Return the platform that a link leads to, or None for any other site."""
    labels = (urlsplit(link).hostname or "").split(".")
    return _HOSTS.get(labels[-2]) if len(labels) > 1 else None


def at_handles(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield handle, start and end of names written with @."""
    for match in _AT_HANDLE.finditer(text):
        name = match[1].rstrip(".")
        yield f"@{name}", match.start(), match.start(1) + len(name)


def bare_handles(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what looks like a handle without @: Latin letters with "_", "." or two digits."""
    for match in _BARE_HANDLE.finditer(text):
        name = match.group()
        if "_" in name or "." in name or sum(sign.isdigit() for sign in name) > 1:
            yield f"@{name}", match.start(), match.end()


def _kept(parameter: str) -> bool:
    return parameter.lower() not in _TRACKERS and not parameter.lower().startswith("utm_")


def _card(figures: str, match: re.Match[str]) -> Iterator[Found]:
    if len(figures) == _CARD_DIGITS and len(set(figures)) > 1:
        value = f"{figures[:5]}-{figures[5:12]}-{figures[12]}"
        yield Found("cnic", value, match.start(), match.end())


def _groups(written: str) -> list[tuple[int, int]]:
    """Return the parts of a row of figures that may be the number, longest first.

    "0300 0000123 14 saal": whoever writes on after the number adds a figure to the row.
    """
    parts = [part.span() for part in _SPACED.finditer(written)]
    if len(parts) > _MOST_GROUPS:
        return [(0, len(written))]
    spans = [(start, end) for i, (start, _) in enumerate(parts) for _, end in parts[i:]]
    return sorted(spans, key=lambda span: span[0] - span[1])


def _inside(match: re.Match[str], windows: list[tuple[int, int]]) -> bool:
    return any(start <= match.start() and match.end() <= end for start, end in windows)


def _iso(first: str, middle: str, last: str, dotted: bool) -> str | None:
    """Return YYYY-MM-DD; 25/3/26 is in this century, 3/25/2026 can only be American."""
    if len(first) == len("2026"):
        year, month, day = int(first), int(middle), int(last)
    elif len(last) == 1 or (dotted and len(last) != len("2026")):
        return None  # 1.2.34 is rather a version or an amount
    else:
        year, month, day = int(last), int(middle), int(first)
        year += 2000 if len(last) == len("26") else 0
        if month > 12 >= day:  # noqa: PLR2004  months of a year
            month, day = day, month
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
