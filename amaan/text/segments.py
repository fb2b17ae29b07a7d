"""How many SMS segments a text costs: exact, because she pays, or we do.

GSM-7 in 160 or 153 units a segment, else UCS-2 in 70 or 67 (3GPP TS 23.038,
TS 23.040). Neither an escaped character nor a surrogate pair is split.
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_LAST_OF_ONE_UNIT = 0xFFFF


def segments(text: str) -> int:
    """Segments that `text` is sent in; an empty one costs a segment too."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        widths, single, several = [1 + (sign in _EXTENDED) for sign in text], 160, 153
    else:
        widths, single, several = [1 + (ord(sign) > _LAST_OF_ONE_UNIT) for sign in text], 70, 67
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > several:
            count, used = count + 1, 0
        used += width
    return count
