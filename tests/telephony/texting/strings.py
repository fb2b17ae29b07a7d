"""The same thousands of strings on every machine and every Python, to count segments of."""

from __future__ import annotations

from collections.abc import Iterator

PLAIN = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\n"
ESCAPED = "^{}\\[~]|€\f"
URDU = "اردومیںپیغامکاحصہہےۃ۱۲۔؟ "
OTHERS = "پښتوسنڌيਪੰ’“—\u2068\u2069\u200c😀🙏"
ALPHABETS = (
    "abc ",
    PLAIN,
    PLAIN + ESCAPED,
    "a" + ESCAPED,
    URDU,
    URDU + "abc12",
    OTHERS,
    PLAIN + OTHERS,
    "a😀",
    "ب😀",
)
# Around where one segment becomes two and two become three, in either alphabet.
LENGTHS = (
    *range(1, 4), *range(30, 38), *range(64, 74), *range(78, 82), *range(130, 140),
    *range(150, 164), *range(198, 206), *range(300, 310), *range(455, 463), 700,
)  # fmt: skip
# Latin to Arabic, presentation forms, punctuation, a few signs beyond the first plane.
SIGNS = (*range(0x0000, 0x0800), *range(0x08A0, 0x0A80), *range(0x2000, 0x2100),
         *range(0xFB50, 0xFB60), *range(0x1F600, 0x1F610))  # fmt: skip


def strings() -> Iterator[str]:
    """Each sign alone and in a text as long as one plain segment; mixed texts of every length."""
    for code in SIGNS:
        yield chr(code)
        yield chr(code) + "a" * 159
    draw = _draws()
    for length in LENGTHS:
        for alphabet in ALPHABETS:
            for _ in range(4):
                yield "".join(alphabet[next(draw) % len(alphabet)] for _ in range(length))


def _draws() -> Iterator[int]:
    """A plain linear congruence (Numerical Recipes), since `random` may change its ways."""
    state = 20261122
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 8
