"""Ways in which phones, haste and censorship filters change a text.

None of them is what the encoder was trained with (bot/encoder/build/noise.py). Each is
deterministic, so that figures can be held by a test.
"""

from collections.abc import Callable
from typing import Final

_LEET: Final = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0"})
_ZERO_WIDTH: Final = "\u200b"
_EVERY: Final = 3


def digits_for_letters(text: str) -> str:
    """Write every third word with digits for vowels, as people do against word filters."""
    words = text.split(" ")
    return " ".join(
        word.translate(_LEET) if place % _EVERY == 0 else word for place, word in enumerate(words)
    )


def zero_width(text: str) -> str:
    """Put an invisible sign into the middle of each longer word."""
    words = text.split(" ")
    return " ".join(
        word[: len(word) // 2] + _ZERO_WIDTH * (len(word) > _EVERY) + word[len(word) // 2 :]
        for word in words
    )


def joined(text: str) -> str:
    """Leave out every third space."""
    pieces = text.split(" ")
    return "".join(
        piece + ("" if place % _EVERY == 1 or place == len(pieces) - 1 else " ")
        for place, piece in enumerate(pieces)
    )


def elongated(text: str) -> str:
    """Draw out the last letter of every third word."""
    words = text.split(" ")
    return " ".join(
        word + word[-1] * 4 if word and word[-1].isalpha() and place % _EVERY == 2 else word  # noqa: PLR2004
        for place, word in enumerate(words)
    )


def shouted(text: str) -> str:
    """Write in capitals, without signs."""
    return "".join(sign for sign in text.upper() if sign.isalnum() or sign.isspace())


def letters_lost(text: str) -> str:
    """Lose one letter inside every third word of five letters or more."""
    words = text.split(" ")
    return " ".join(
        word[:2] + word[3:] if len(word) >= 5 and place % _EVERY == 0 else word  # noqa: PLR2004
        for place, word in enumerate(words)
    )


NOISES: Final[dict[str, Callable[[str], str]]] = {
    "digits for letters": digits_for_letters,
    "invisible signs": zero_width,
    "spaces left out": joined,
    "letters drawn out": elongated,
    "capitals, no signs": shouted,
    "letters lost": letters_lost,
}
