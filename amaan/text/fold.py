"""A coarse spelling-blind form of a text, for rules and character n-grams.

Sindhi on an Urdu keyboard, Pashto on an Arabic one, "zindagee" and "zindagi" should look
alike to a rule. Rules are folded by the same function, so they are written in ordinary
spelling. Never show folded text to anybody and never feed it to the encoder.
"""

import re
import unicodedata
from typing import Final

from amaan.text.normalise import is_gurmukhi, normalise, undisguised

# Sindhi's single aspirated letters are typed as two on an Urdu keyboard.
_ARABIC_LETTERS: Final = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ې": "ی", "ۍ": "ی", "ئ": "ی", "ے": "ی", "ۓ": "ی",
        "ك": "ک", "ڪ": "ک", "ګ": "گ", "ڳ": "گ", "ڱ": "نگ",
        "ه": "ہ", "ھ": "ہ", "ە": "ہ", "ۃ": "ہ", "ة": "ہ", "ۀ": "ہ", "ۂ": "ہ",
        "أ": "ا", "إ": "ا", "ٱ": "ا", "آ": "ا", "ؤ": "و", "ۆ": "و", "ء": "",
        "ں": "ن", "ڻ": "ن", "ڼ": "ن", "ڃ": "ن", "ݨ": "ن", "ࣇ": "ل",
        "ٿ": "تہ", "ٽ": "ٹ", "ٺ": "ٹہ", "ڊ": "ڈ", "ڏ": "ڈ", "ڌ": "دہ", "ڍ": "ڈہ",
        "ڄ": "ج", "ڇ": "چہ", "ٻ": "ب", "ڀ": "بہ", "ڦ": "پہ", "ڙ": "ڑ",
        "۽": " این ", "۾": " مین ",  # Sindhi "and" and "in" are signs, not letters
        "ښ": "ش", "ځ": "ز", "څ": "س", "ډ": "ڈ", "ړ": "ڑ", "ږ": "گ", "ټ": "ٹ",
    }
)  # fmt: skip
_LATIN_PAIRS: Final = (("ee", "i"), ("oo", "u"), ("w", "v"), ("q", "k"))
_NOT_WORD: Final = re.compile(r"[^\w\u0a00-\u0a7f]+")
_DOUBLED: Final = re.compile(r"([^\W\d_])\1+")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘`´ʼ")


def fold(text: str) -> str:
    """Return lower-case words parted by one space, with spelling variants made equal.

    Vowel signs, doubled letters, apostrophes and punctuation are gone, look-alike letters
    merged. Applying it twice changes nothing. An empty string means there was no word.
    """
    text = undisguised(normalise(text))
    text = unicodedata.normalize("NFKD", text.translate(_ARABIC_LETTERS).casefold())
    # Marks are dropped except in Gurmukhi, whose vowels they are.
    text = "".join(
        sign for sign in text if unicodedata.category(sign) != "Mn" or is_gurmukhi(sign)
    ).translate(_ARABIC_LETTERS)
    text = text.translate(_APOSTROPHES)
    for written, sound in _LATIN_PAIRS:
        text = text.replace(written, sound)
    return " ".join(_NOT_WORD.sub(" ", _DOUBLED.sub(r"\1", text)).split())
