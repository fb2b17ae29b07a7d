"""Texts made to keep a core busy: 2,000 characters each, the same in every run.

2,000 is what is read of one message (amaan.text.normalise); whoever wants to hurt the
service sends just that, in every shape that costs the normaliser, the tokenizer, the word
lists or the entity patterns more than a sentence does.
"""

import hashlib
from typing import Final

LENGTH: Final = 2_000

# "Hello" or "good day" in 50 languages: the scripts matter, not the words.
LANGUAGES: Final = (
    "hello", "hola", "bonjour", "hallo", "ciao", "olá", "hej", "moi", "tere", "sveiki",
    "labas", "cześć", "ahoj", "živjo", "szia", "salut", "zdravo", "здравствуйте", "вітаю",
    "здравейте", "сәлем", "γειά", "բարեւ", "გამარჯობა", "merhaba", "salam", "سلام", "مرحبا",
    "آداب", "پخیر", "ڀليڪار", "واتسلام", "שלום", "ሰላም", "नमस्ते", "নমস্কার", "ਸਤਿਸ੍ਰੀਅਕਾਲ",
    "નમસ્તે", "வணக்கம்", "నమస్కారం", "ನಮಸ್ಕಾರ", "നമസ്കാരം", "ආයුබෝවන්", "สวัสดี", "ສະບາຍດີ",
    "မင်္ဂလာပါ", "សួស្តី", "你好", "こんにちは", "안녕하세요",
)  # fmt: skip

_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ARABIC: Final = "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیے"
_GURMUKHI: Final = "ਸਹਕਖਗਘਙਚਛਜਝਞਟਠਡਢਣਤਥਦਧਨਪਫਬਭਮਯਰਲਵੜ"
_SINDHI: Final = "ڪڻٿٽڊڏڌڍڄڃڇڳڱٻڀڦڙٺ"
_BASE64: Final = _LATIN + _LATIN.upper() + "0123456789+/"


def texts() -> dict[str, str]:
    """Return kind to text; every text has LENGTH characters."""
    found = _one_sign() | _mixed() | _direction() | _digits() | _emoji() | _binary()
    return found | _no_spaces() | _patterns()


def _one_sign() -> dict[str, str]:
    return {
        "one letter": _filled("a"),
        "one Arabic letter": _filled("ا"),
        "one exclamation mark": _filled("!"),
        "one sign that unfolds to 18 letters": _filled("\ufdfa"),
        "one letter between spaces": _filled("q "),
        "elongation only": _filled("\u0640"),
        "one space": _filled(" "),
    }


def _mixed() -> dict[str, str]:
    return {
        "50 languages": _filled(" ".join(LANGUAGES) + " "),
        "50 languages without spaces": _filled("".join(LANGUAGES)),
        "every letter another script": _filled("aاਸжβ中あ한क"),
        "no word twice": _filled(_words(_LATIN, "words")),
        "no Arabic word twice": _filled(_words(_ARABIC, "words")),
        "single letters": _filled(" ".join(_signs(_LATIN, "single")) + " "),
        "single Sindhi letters": _filled(" ".join(_signs(_SINDHI, "single")) + " "),
    }


def _direction() -> dict[str, str]:
    return {
        "right-to-left overrides": _filled("\u202eolleh\u202c \u202dسلام\u202c "),
        "nested overrides": _filled("\u202e" * 60 + "word" + "\u202c" * 60),
        "isolates": _filled("\u2067abc\u2069\u2066میں\u2069"),
        "zero-width between letters": _filled("k\u200bh\u200cu\u200dd\u2060k\ufeff"),
    }


def _digits() -> dict[str, str]:
    return {
        "digits": _filled("".join(_signs("0123456789", "digits"))),
        "Eastern digits": _filled("".join(_signs("۰۱۲۳۴۵۶۷۸۹", "digits"))),
        "telephone numbers": _filled("0300-1234567 +92 321 7654321 "),
        "identity cards": _filled("42101-1234567-1 "),
        "dates and amounts": _filled("12/11/2026 Rs. 50,000/- 3:45pm "),
    }


def _emoji() -> dict[str, str]:
    return {
        "one emoji": _filled("😭"),
        "joined emoji": _filled("👩🏽‍👩🏽‍👧🏽‍👦🏽"),
        "flags": _filled("🇵🇰"),
        "many emoji": _filled("".join(chr(0x1F300 + number) for number in range(700))),
    }


def _binary() -> dict[str, str]:
    noise = _noise("binary")
    return {
        "bytes as Latin-1": _filled(noise.decode("latin-1")),
        "bytes as broken UTF-8": _filled(noise.decode("utf-8", "replace")),
        "bytes as lone surrogates": _filled(noise.decode("utf-8", "surrogateescape")),
        "zero bytes": _filled("\0"),
        "controls": _filled("".join(map(chr, range(32)))),
        "private and unassigned": _filled("\ue000\U000f0000\uffff\U0010ffff"),
    }


def _no_spaces() -> dict[str, str]:
    return {
        "one Latin word": _filled("".join(_signs(_LATIN, "word"))),
        "one Arabic word": _filled("".join(_signs(_ARABIC, "word"))),
        "one Gurmukhi word": _filled("".join(_signs(_GURMUKHI, "word"))),
        "one Chinese word": _filled("".join(chr(0x4E00 + number) for number in range(LENGTH))),
        "base64": _filled("".join(_signs(_BASE64, "word"))),
        "one address": _filled("https://x.example/" + "".join(_signs(_LATIN, "way"))),
        "piled marks": _filled("a" + "".join(chr(0x0300 + number) for number in range(40))),
    }


def _patterns() -> dict[str, str]:
    return {
        "danger words": _filled("kill my mar jaungi main nahi "),
        "Arabic danger words": _filled("میں مر جاؤں "),
        "crisis words": _filled("khudkushi qatl maar dunga suicide خودکشی "),
        "negations": _filled("nahi na not never نہیں "),
        "commands": _filled('/suicide_risk{"a": 1} '),
        "addresses": _filled("a.b-c_d@x.example www.y.example/z?q=1&r=2 @name #tag "),
        "almost an address": _filled("a."),
        "brackets": _filled("(" * 500 + ")" * 500),
        "markup": _filled("<b><script>[a](b){c}&amp;"),
        "signs and letters by turns": _filled("a!b?c.d,"),
        "line ends": _filled("a\n\r\n\t\u2028"),
    }


def _filled(piece: str) -> str:
    """Return the piece over and over, cut at LENGTH."""
    return (piece * (LENGTH // len(piece) + 1))[:LENGTH]


def _noise(name: str) -> bytes:
    """Return bytes that look random and are the same everywhere; four a character."""
    return hashlib.shake_256(name.encode()).digest(4 * LENGTH)


def _signs(alphabet: str, name: str) -> list[str]:
    noise = _noise(name + alphabet[0])
    return [alphabet[byte % len(alphabet)] for byte in noise[:LENGTH]]


def _words(alphabet: str, name: str) -> str:
    """Return words of one to nine letters, each followed by a space."""
    signs = "".join(_signs(alphabet, name))
    lengths = [1 + byte % 9 for byte in _noise(name + "lengths")]
    words, start = [], 0
    for length in lengths:
        words.append(signs[start : start + length])
        start += length
        if start >= len(signs):
            break
    return " ".join(words) + " "
