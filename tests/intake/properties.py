"""What property tests share: no deadline, the same examples each time, texts as phones send."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

calm = settings(deadline=None, derandomize=True)
"""A machine with other work is slow; that is no failure."""

ZEROES = "0٠۰੦०０"
"""The digit zero of Latin, Arabic, Urdu, Gurmukhi, Devanagari and full width."""
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff\u00ad\u061c"
SPACES = " \u00a0\u2009\u202f"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
LETTERS = "abcABC آبپتټٿٽٹڊډہگڳݨਕਖਗਾੀੁअآیې'’.,؛،۔؟!?:/@_-#0123456789۰۱۲۳੧੨੩\n" + INVISIBLE

texts = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=LETTERS, max_size=300),
    st.text(st.characters(categories=["Cf", "Cs", "Co", "Mn", "Nd", "Lo", "Zs"]), max_size=80),
)
"""Anything, and more often what is near to answers."""


@st.composite
def disguised(draw: st.DrawFn, figures: str, *, parted: bool = True) -> str:
    """Digits in one script, with invisible signs anywhere; spaces and dashes where `parted`."""
    zero = draw(st.sampled_from(ZEROES))
    spoken = [chr(ord(zero) + int(sign)) if sign.isdecimal() else sign for sign in figures]
    gaps = st.sampled_from(["", *INVISIBLE, *([*SPACES, *DASHES] if parted else [])])
    return "".join(sign + (draw(gaps) if place < len(spoken) - 1 else "")
                   for place, sign in enumerate(spoken))  # fmt: skip
