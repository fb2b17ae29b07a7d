"""The one normalisation that every inbound message passes before anything reads it.

It repairs what phones and keyboards do to a text (invisible marks, presentation forms,
Arabic letters in Urdu, elongated letters, Eastern digits) and keeps the spelling of the
language otherwise, because the sentence encoder knows languages by their own letters.
The much coarser form for rules and character n-grams is `amaan.text.fold`.
"""

import re
import unicodedata
from typing import Final, Literal

Script = Literal["Arab", "Latn", "Guru"]

MAX_CHARACTERS: Final = 2_000
"""What is read of one message; the rest is cut (the app tells the person so)."""

# Raw text beyond this is cut before normalising: NFKC can expand one sign to 18 letters,
# and nobody should be able to keep a core busy with one message.
_MAX_RAW: Final = 8_000

_EASTERN_DIGITS: Final = {
    ord(sign): str(value)
    for row in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "੦੧੨੩੪੫੬੭੮੯", "०१२३४५६७८९")
    for value, sign in enumerate(row)
}

# Letters of one language only. Where they stand, ي and ك are that language's own
# spelling and stay; elsewhere they come from an Arabic keyboard.
_SINDHI_PASHTO: Final = frozenset("ڪڻٿٽڊڏڌڍڄڃڇڳڱٻڀڦڙٺېۍښځڅډړږټڼګۀ")
_ARABIC_KEYBOARD: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ۃ", "ه": "ہ"})

_TATWEEL: Final = "\u0640"
# Emoji are joined with the zero-width joiner and coloured by variation selectors; both
# carry nothing for us and both hide words from rules.
_INVISIBLE: Final = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\ufeff")
_ELONGATED: Final = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_SIGN: Final = re.compile(r"([^\w\s])\1{2,}")
_SPACES: Final = re.compile(r"\s+")
_LINK: Final = re.compile(r"^@|://|www\.|\w/\w|\w_\w|\w@\w")
_DISGUISED: Final = re.compile(r"(?<=[A-Za-z])[013457](?=[A-Za-z])")
_LETTERS_FOR_DIGITS: Final = str.maketrans("013457", "oieast")

_GURMUKHI: Final = (0x0A00, 0x0A7F)
_VARIATION_SELECTORS: Final = (0xFE00, 0xFE0F)
_SCRIPT_RANGES: Final[tuple[tuple[int, int, Script], ...]] = (
    (0x0041, 0x005A, "Latn"),
    (0x0061, 0x007A, "Latn"),
    (0x00C0, 0x024F, "Latn"),
    (0x0600, 0x06FF, "Arab"),
    (0x0750, 0x077F, "Arab"),
    (0x08A0, 0x08FF, "Arab"),
    (*_GURMUKHI, "Guru"),
)


def normalise(text: str) -> str:
    """Return the text as rules and models read it; at most 2,000 characters.

    Safe to apply twice. A leading "/" is taken away, because Rasa would read "/greet" as
    a forced intent and echo an unknown one in its log (rasa-notes 6).
    """
    text = unicodedata.normalize("NFKC", text[:_MAX_RAW])[:_MAX_RAW]
    text = "".join(_visible(sign) for sign in text).translate(_EASTERN_DIGITS)
    text = unicodedata.normalize("NFC", text)
    if not _SINDHI_PASHTO.intersection(text):
        text = text.translate(_ARABIC_KEYBOARD)
    text = _SPACES.sub(" ", text).strip()
    text = " ".join(_shortened(word) for word in text.split(" "))
    return text.lstrip("/ ")[:MAX_CHARACTERS].rstrip()


def undisguised(text: str) -> str:
    """Return the text in the plain letters that the encoder and the rules know.

    Digits inside Latin words become the letters they stand for: "khudk0shi" and "m4rna" are
    written against word filters. Only between two letters, so that "5k", "3G" and numbers
    stay. Latin letters lose their accents, which careful Roman Balochi has and phones do not.
    """
    text = "".join(_unaccented(sign) for sign in text)
    return _DISGUISED.sub(lambda found: found.group().translate(_LETTERS_FOR_DIGITS), text)


def _unaccented(sign: str) -> str:
    if sign.isascii():
        return sign
    base = unicodedata.normalize("NFD", sign)[0]
    return base if base.isascii() and base.isalpha() else sign


def _shortened(word: str) -> str:
    """Return a word without elongation; links and handles stay as they are."""
    if _LINK.search(word):
        return word
    return _REPEATED_SIGN.sub(r"\1\1", _ELONGATED.sub(r"\1\1", word))


def digits(text: str) -> str:
    """Return the text with Arabic, Urdu, Gurmukhi and Devanagari digits made Latin."""
    return text.translate(_EASTERN_DIGITS)


def script_of(text: str) -> Script | None:
    """Return the script most letters are written in, or None when there is no letter."""
    counts: dict[Script, int] = {}
    for sign in text[:MAX_CHARACTERS]:
        if not sign.isalpha():
            continue
        code = ord(sign)
        for low, high, script in _SCRIPT_RANGES:
            if low <= code <= high:
                counts[script] = counts.get(script, 0) + 1
                break
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    return ranked[0][0] if ranked else None


def is_gurmukhi(sign: str) -> bool:
    """Tell whether one sign is of the Gurmukhi block, vowel marks included."""
    return _GURMUKHI[0] <= ord(sign) <= _GURMUKHI[1]


def is_blank(text: str) -> bool:
    """Tell whether nothing readable is there: only spaces, controls, invisible marks."""
    return not any(
        _visible(sign).strip() for sign in unicodedata.normalize("NFKC", text[:_MAX_RAW])
    )


def _visible(sign: str) -> str:
    """Return the sign, a space for a control that parts words, or nothing."""
    if sign.isspace():
        return " "
    if sign in _INVISIBLE or sign == _TATWEEL:
        return ""
    category = unicodedata.category(sign)
    if category == "Cc":
        return " "
    # Cf: zero-width and bidi controls. Cs, Co, Cn: lone surrogates, private, unassigned.
    # Mn is kept except variation selectors: Gurmukhi vowels are marks.
    if category in {"Cf", "Cs", "Co", "Cn"} or _is_variation_selector(sign):
        return ""
    return sign


def _is_variation_selector(sign: str) -> bool:
    return _VARIATION_SELECTORS[0] <= ord(sign) <= _VARIATION_SELECTORS[1]
